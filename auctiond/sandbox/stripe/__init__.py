"""A payment processor to play with: Stripe's API as a real HTTP server, strict about money.

It knows customers, payment methods, setup and payment intents, charges, refunds, disputes,
Checkout, payouts and balance transactions; it holds senders to their idempotency keys, signs its
webhooks, and misbehaves as processors do. What people do is under /sandbox.
"""
