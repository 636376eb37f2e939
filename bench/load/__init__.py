"""Who loads what is measured, mostly from processes of their own."""
