"""What people at a terminal see: tables, bars, banners."""
