"""Who says whether a person may be called: one data file for each service. Pure."""
