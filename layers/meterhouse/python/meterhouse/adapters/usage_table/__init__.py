"""The UsageTable: hour logs, what is due, the places of calls, and the notes of drains."""
