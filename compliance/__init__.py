"""What may leave us and when, how it is masked and how it is encrypted. Pure."""
