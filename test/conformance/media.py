"""Tells a file's format by its first bytes, as any viewer would."""

import httpx


def download(url: str) -> tuple[bytes, str]:
    """The bytes behind an output's link, which needs no key, and the content type they came with."""
    answer = httpx.get(url, timeout=30).raise_for_status()
    return answer.content, answer.headers["Content-Type"]


def mime_of(content: bytes) -> str:
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content.endswith(b"IEND\xaeB`\x82"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff") and content.endswith(b"\xff\xd9"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    # ISO base media: box size, then the type of the first box.
    if content[4:8] == b"ftyp" and b"moov" in content and b"mdat" in content:
        return "video/mp4"
    return f"unknown ({content[:12]!r})"
