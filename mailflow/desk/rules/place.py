"""Where in filters/ something stands, for people: folder, file and line."""


def place_in(file: str, line: int) -> str:
    return f"{'/'.join(file.split('/')[-2:])}:{line}"
