"""What people and programs are shown. Nothing is written."""
