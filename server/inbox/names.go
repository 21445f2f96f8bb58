package inbox

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"glow/schema"
)

// unfinished are the ends of names that programs give to files which they are still writing: browsers,
// wget and curl, aria2, rsync, FileZilla, WinSCP, BitTorrent programs, editors and office programs.
var unfinished = []string{
	".part", ".partial", ".crdownload", ".download", ".opdownload", ".filepart", ".aria2", ".!ut", ".!qb", ".bc!",
	".tmp", ".temp", ".swp", ".lock", ".writing", ".incomplete", ".unfinished", "~",
}

// isUnfinished reports whether a file's name is that of one which is still being written, or is hidden.
func isUnfinished(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~$") ||
		slices.ContainsFunc(unfinished, func(end string) bool { return strings.HasSuffix(lower, end) })
}

// move puts a file into a folder, beside a report where there is one. A file of the same name that is
// there already stays: the new one gets a number.
func (in *Inbox) move(name, folder, report string) error {
	to := name
	for n := 2; ; n++ {
		_, gone := in.root.Lstat(path.Join(folder, to))
		_, told := in.root.Lstat(path.Join(folder, to+reportEnd))
		if errors.Is(gone, fs.ErrNotExist) && errors.Is(told, fs.ErrNotExist) {
			break
		}
		ext := path.Ext(name)
		to = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext)
	}
	if report != "" {
		if err := in.root.WriteFile(path.Join(folder, to+reportEnd), []byte(report), 0o600); err != nil {
			return err
		}
	}
	return in.root.Rename(name, path.Join(folder, to))
}

// reportEnd is what the name of a report has after that of its file.
const reportEnd = ".why.txt"

// isReport reports whether a name in the folder of refused files is that of a report.
func isReport(name string, all []fs.DirEntry) bool {
	of, ok := strings.CutSuffix(name, reportEnd)
	return ok && slices.ContainsFunc(all, func(e fs.DirEntry) bool { return e.Name() == of })
}

// firstLine is what is wrong with a file, in one line.
func firstLine(err *schema.Error) string {
	if len(err.Fields) == 0 {
		return err.Message
	}
	return err.Fields[0].Error()
}

// report says what is wrong with a file, and what to do about it.
func report(name string, err *schema.Error, answer schema.ImportResponse) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s was not taken in; nothing of it was.\n\n", name)
	if len(err.Fields) == 0 {
		fmt.Fprintln(&b, err.Message)
	}
	for _, fault := range err.Fields {
		fmt.Fprintln(&b, fault.Error())
	}
	if more := answer.Rejected - int64(len(err.Fields)); more > 0 {
		fmt.Fprintf(&b, "… and %d more\n", more)
	}
	fmt.Fprintf(&b, "\nPut it right and put it into the inbox again; or drop it on the data page, which asks what is open; or take it in by hand, where the answer to a question is a flag:\n  glow system import --dry-run %q\nA mapping that is kept (glow map save) lets files like it through by themselves.\n", name)
	return b.String()
}

// titleOf is what files were taken for.
func titleOf(answer schema.ImportResponse) string {
	var titles []string
	for _, one := range answer.TakenFor {
		if title := cmp.Or(one.Title, one.As); !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	return strings.Join(titles, ", ")
}
