"""The archive under the hands of its admins: lists, histories, removal and figures."""
