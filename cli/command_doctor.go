package cli

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"glow/schema"
	"glow/store"
)

// doctorCmd checks the database of an instance.
type doctorCmd struct {
	endpointCmd[schema.Empty, schema.DoctorResponse]
}

// Run checks. With --db the file is first read without a way to write to it: to
// open a damaged one for use could make it worse.
func (c *doctorCmd) Run(a *app) error {
	if path := a.globals.DB; path != "" {
		if err := checkFile(a, path); err != nil {
			return err
		}
	}
	return c.endpointCmd.Run(a)
}

func newDoctorCmd() doctorCmd {
	c := doctorCmd{command(schema.Doctor, showDoctor, func(r schema.DoctorResponse) any { return r.Checks })}
	c.printer.verdict = verdict
	return c
}

func checkFile(a *app, path string) error {
	_, err := os.Stat(path)
	if err == nil {
		err = store.Check(a.ctx, path)
	}
	if err != nil {
		return fileError(path, err)
	}
	return nil
}

func verdict(r schema.DoctorResponse) error {
	var bad []string
	for _, c := range r.Checks {
		if !c.OK {
			bad = append(bad, c.Name)
		}
	}
	if len(bad) > 0 {
		return errors.New("the database is not well: " + strings.Join(bad, ", "))
	}
	return nil
}

func showDoctor(p *page, _ schema.Empty, r schema.DoctorResponse) {
	p.width = 0 // what is wrong is to be read whole
	rows := make([][]string, len(r.Checks))
	for i, c := range r.Checks {
		state := "ok"
		if !c.OK {
			state = "WRONG"
		}
		rows[i] = []string{c.Name, state, c.Detail}
	}
	p.grid("", columns("check", "", "found"), rows)
	kinds := make([][]string, 0, len(r.Records))
	for _, k := range schema.Kinds {
		kinds = append(kinds, []string{k.Name, fmt.Sprint(r.Records[k.Name])})
	}
	for _, name := range slices.Sorted(maps.Keys(r.Records)) { // of a newer instance
		if schema.KindNamed(name) == nil {
			kinds = append(kinds, []string{name, fmt.Sprint(r.Records[name])})
		}
	}
	p.grid("", columns("records", "count#"), kinds)
	p.gap()
	disk := none
	if r.Size.DiskFree != nil {
		disk = sizeText(*r.Size.DiskFree)
	}
	refreshed := none
	if r.RefreshedAt != nil {
		refreshed = p.time(*r.RefreshedAt)
	}
	p.pairs(
		[2]string{"database", sizeText(r.Size.Database) + ", of which " + sizeText(r.Size.Unused) + " are free for more"},
		[2]string{"write-ahead log", sizeText(r.Size.WAL)},
		[2]string{"disk free", disk},
		[2]string{"time zone of days", r.Timezone},
		[2]string{"schema", fmt.Sprint(r.SchemaVersion)},
		[2]string{"summaries refreshed", refreshed},
		[2]string{"audit list", auditHeadText(r.Audit)},
		[2]string{"newest backup", backupText(p, r.Backups)},
	)
}

// auditHeadText is what to write down of the audit list.
func auditHeadText(h schema.AuditHead) string {
	if h.Entries == 0 {
		return "empty"
	}
	return fmt.Sprintf("%s; hash of the last: %s", entries(h.Entries), h.Hash)
}

func entries(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// backupText says when the newest backup was made that the instance makes by itself.
func backupText(p *page, b *schema.BackupState) string {
	switch {
	case b == nil:
		return "no schedule; glow serve --backup-dir makes them by itself"
	case b.Newest == nil:
		return "none yet in " + b.Folder + triesText(b.Failures)
	}
	return fmt.Sprintf("%s, %s, one of %d in %s%s", p.time(b.Newest.MadeAt), sizeText(b.Newest.Bytes), b.Count, b.Folder, triesText(b.Failures))
}

func triesText(failed int64) string {
	if failed == 0 {
		return ""
	}
	return "; " + plural(failed, "attempt") + " failed since the start: the log says why"
}

// sizeText is a number of bytes in the largest unit of which there is one.
func sizeText(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB"}
	value, i := float64(n), 0
	for value >= 1024 && i < len(units)-1 {
		value /= 1024
		i++
	}
	if i == 0 {
		return plural(n, "byte")
	}
	return fmt.Sprintf("%.1f %s", value, units[i])
}
