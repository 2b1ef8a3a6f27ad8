"""Reports: records in, strings out; nothing here prints."""
