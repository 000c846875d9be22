"""What people type on the pages, read and refused by name."""
