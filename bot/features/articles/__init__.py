"""Admins manage the archive: lists, histories, removal and statistics."""
