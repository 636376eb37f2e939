"""The gate: a change that makes the server slower, or has it do more, does not pass unnoticed."""
