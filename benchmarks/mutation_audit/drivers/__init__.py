"""One module per framework: `converse(job)` holds the two user turns and returns the answers."""
