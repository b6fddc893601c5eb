"""The migrations themselves; see `migrations`."""
