"""When a person may be called: places, hours, holidays and how often, from dated tables. Pure."""
