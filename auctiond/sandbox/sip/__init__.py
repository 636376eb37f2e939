"""People on real SIP phones: sipp makes their calls, a handset hears, speaks and presses keys."""
