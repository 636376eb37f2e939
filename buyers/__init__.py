"""What buyers' endpoints want to hear and what their answers mean, as data files. Pure."""
