package table

import (
	"bytes"
	"strings"

	"glow/schema"
)

// refuseOthers says what a file is that holds a table in no form that is read here, and how to
// make one of it.
func refuseOthers(head []byte) error {
	text := strings.ToLower(string(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))))
	begins := func(prefixes ...string) bool {
		for _, prefix := range prefixes {
			if strings.HasPrefix(text, prefix) {
				return true
			}
		}
		return false
	}
	const saveAs = "open it in Excel or LibreOffice and save it as .xlsx or CSV"
	what := ""
	switch {
	case isOLE(head) && bytes.Contains(head, utf16Text("EncryptedPackage")):
		what = "the workbook is protected by a password; open it and save it without one"
	case isOLE(head):
		what = "the file is an Excel 97 workbook (.xls); " + saveAs
	case isZIP(head) && bytes.Contains(head[:min(len(head), 128)], []byte("application/vnd.oasis.opendocument.")):
		what = "the file is an OpenDocument spreadsheet (.ods); " + saveAs
	case begins("%pdf"):
		what = "the file is a PDF, which holds no table to read; download the report as CSV or Excel"
	case begins("<?xml") && strings.Contains(text, "urn:schemas-microsoft-com:office:spreadsheet"):
		what = "the file is an XML spreadsheet; " + saveAs
	case begins("<!doctype html", "<html", "<table", "<head", "<body"):
		what = "the file is a web page; a download of a report that needs a sign-in often is one; if it shows the table, " + saveAs
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		what = "the file is packed by gzip; unpack it first"
	default:
		return nil
	}
	return schema.Fault{Line: 1, Message: what}
}

func utf16Text(s string) []byte {
	var b []byte
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// isOLE reports whether a file is a container of the Office of before 2007.
func isOLE(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
}

func isZIP(head []byte) bool { return bytes.HasPrefix(head, []byte("PK\x03\x04")) }

// startsJSON reports whether a file begins like JSON.
func startsJSON(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(head) < 2 || head[0] != '{' && head[0] != '[' {
		return false
	}
	next := bytes.TrimLeft(head[1:], " \t\r\n")
	return len(next) > 0 && strings.IndexByte(`"{[]}-0123456789`, next[0]) >= 0
}
