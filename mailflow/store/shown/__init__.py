"""What people and programs are shown: the JSON shapes of DESIGN section 5. Keys are only ever added.

Read only. Times are ISO 8601 with offset.
"""
