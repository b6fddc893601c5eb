"""Mail that others would show as an attachment: winmail.dat, opaque signatures, RTF, uuencoded files."""
