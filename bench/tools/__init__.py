"""What measuring takes: histograms, cores, the machine's own lateness, patience."""
