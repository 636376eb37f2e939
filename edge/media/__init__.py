"""A media switch: real SIP and RTP on one side, Telnyx' Call Control and webhooks on the other."""
