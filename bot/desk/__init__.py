"""The staff's desk at /staff: files in, looked at, corrected and published; what members asked; what was done."""
