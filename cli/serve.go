package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones, where the system has none
	"unicode"

	"glow/schema"
	"glow/server"
	"glow/server/demo"
	"glow/store"
)

// serveCmd serves an instance.
type serveCmd struct {
	listenFlags
	backupFlags

	SessionIdle time.Duration `default:"30m" placeholder:"DURATION" help:"How long after its last sign of life a session counts as active. Default ${default}."`
	Demo        bool          `help:"Serve lively sample data from a throw-away database."`
	Retain      schema.Age    `placeholder:"AGE" help:"Remove records that are older, at the start and daily: a number of days, weeks, months or years, such as 3y. Default: none are."`
	Inbox       string        `placeholder:"FOLDER" help:"Take in by itself what appears in this folder, where nothing has to be asked; it then lies in its folders taken or refused."`
	MaxImport   byteSize      `default:"64GiB" placeholder:"SIZE" help:"The most that one import may bring, after unpacking, such as 500MiB. Default ${default}."`
	Verbose     bool          `short:"v" help:"Log every request."`
}

// byteSize is a number of bytes on the command line.
type byteSize int64

// UnmarshalText reads a whole number of bytes or, as in 500MiB, of KiB, MiB, GiB
// or TiB; at least 1 byte.
func (s *byteSize) UnmarshalText(text []byte) error {
	number := strings.TrimRightFunc(string(text), unicode.IsLetter)
	shift, known := map[string]int{"": 0, "kib": 10, "mib": 20, "gib": 30, "tib": 40}[strings.ToLower(string(text[len(number):]))]
	n, err := strconv.ParseInt(number, 10, 64)
	if !known || err != nil || n < 1 || n > noImportLimit>>shift {
		return fmt.Errorf("%q is not a size; write it as 500MiB or 64GiB", text)
	}
	*s = byteSize(n << shift)
	return nil
}

// shutdownTime is how long requests under way may take to end. With what the
// database then takes to close, the program ends within ten seconds.
const shutdownTime = 5 * time.Second

// Run serves until the person interrupts.
func (c *serveCmd) Run(a *app) (err error) {
	zone, err := a.chosenZone()
	if err != nil {
		return err
	}
	if c.SessionIdle <= 0 {
		return usagef("--session-idle: %s is not more than nothing", c.SessionIdle)
	}
	if c.Demo && a.globals.DB != "" {
		return usagef("--demo is gone when it ends and takes no --db; leave one of the two out")
	}
	schedule, err := c.schedule()
	if err != nil {
		return err
	}
	inboxDir, err := c.inboxDir()
	if err != nil {
		return err
	}
	log := c.logger(a)
	c.listenFlags.withDefaults(a.env)
	listener, err := c.listen(log)
	if err != nil {
		return err
	}
	defer listener.Close()
	i := &instance{
		app: a, url: c.url(listener), dashboardURL: c.dashboardURL(listener), temporary: c.Demo, zone: zone, idle: c.SessionIdle, backups: schedule, retain: c.Retain, log: log,
	}
	if c.Demo {
		folder, failed := os.MkdirTemp("", "glow-demo-")
		if failed != nil {
			return fmt.Errorf("cannot make a folder for the demo: %w", failed)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		i.path = filepath.Join(folder, "glow.db")
	} else if i.path, err = a.database(); err != nil {
		return err
	}
	if err := i.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.close()) }()
	if c.Demo {
		if err := i.loadDemo(); err != nil {
			return err
		}
	}
	handler, err := server.New(i.store, server.Options{
		Version: version(), Logger: i.log, Hosts: c.hosts(), BehindProxy: c.BehindProxy, BasePath: c.BasePath,
		Limits: server.Limits{Import: int64(c.MaxImport)}, Inbox: inboxDir,
	})
	if err != nil {
		return err
	}
	defer handler.Close() // before the store is: it ends what is open at the dashboard
	if err := i.printWelcome(handler.SignInCode()); err != nil {
		return err
	}
	return i.serve(listener, handler)
}

// inboxDir is the folder of the inbox from the root on; "" without one.
func (c *serveCmd) inboxDir() (string, error) {
	if c.Inbox == "" {
		return "", nil
	}
	dir, err := filepath.Abs(c.Inbox)
	if err != nil {
		return "", fmt.Errorf("--inbox: %w", err)
	}
	return dir, nil
}

// logger writes to stderr: what went wrong and, if asked to, every request.
func (c *serveCmd) logger(a *app) *slog.Logger {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: level}))
}

// backupFlags are the flags of backups that glow makes by itself.
type backupFlags struct {
	BackupDir   string        `name:"backup-dir" placeholder:"FOLDER" help:"Keep copies of the database in this folder, made by themselves."`
	BackupEvery time.Duration `name:"backup-every" default:"24h" placeholder:"DURATION" help:"How often; at least a minute. Default ${default}."`
	BackupKeep  int           `name:"backup-keep" default:"14" placeholder:"N" help:"How many to keep; older ones are removed. Default ${default}."`
}

// The defaults, as the tags say them.
const (
	defaultBackupEvery = 24 * time.Hour
	defaultBackupKeep  = 14
)

// schedule checks the flags. Without --backup-dir it is that of no backups.
func (b *backupFlags) schedule() (s store.BackupSchedule, err error) {
	switch {
	case b.BackupDir == "" && (b.BackupEvery != defaultBackupEvery || b.BackupKeep != defaultBackupKeep):
		return s, usagef("--backup-every and --backup-keep are of the copies in --backup-dir; name that folder, too")
	case b.BackupDir == "":
		return s, nil
	case b.BackupEvery < time.Minute:
		return s, usagef("--backup-every: %s is less than a minute", b.BackupEvery)
	case b.BackupKeep < 1:
		return s, usagef("--backup-keep: keep one at least")
	}
	folder, err := filepath.Abs(b.BackupDir)
	if err != nil {
		return s, fmt.Errorf("--backup-dir: %w", err)
	}
	return store.BackupSchedule{Folder: folder, Every: b.BackupEvery, Keep: b.BackupKeep}, nil
}

// instance is what runs between the start and the end of serve.
type instance struct {
	app          *app
	url          string
	dashboardURL string // the address of the dashboard for those who look at it
	path         string
	temporary    bool           // thrown away at the end
	zone         *time.Location // of --timezone; nil when none was given
	idle         time.Duration
	backups      store.BackupSchedule
	retain       schema.Age // how long records are kept; zero: for ever
	log          *slog.Logger
	store        *store.Store
	saved        []string          // places under which the first token is saved
	before       map[string]string // all that was saved before it
}

func (i *instance) open() error {
	if err := os.MkdirAll(filepath.Dir(i.path), 0o700); err != nil {
		return fmt.Errorf("cannot make the folder of %s: %w", i.path, err)
	}
	local, unknown := i.app.localZone()
	st, err := store.Open(i.app.ctx, store.Options{
		Path: i.path, Zone: i.zone, NewZone: local, SessionIdle: i.idle, Backups: i.backups, Retain: i.retain, Logger: i.log, Holder: "glow serve at " + i.url,
	})
	i.store = st
	if err == nil && st.IsNew() && i.zone == nil && unknown != nil {
		i.app.warnOfZone(i.path, unknown)
	}
	return err
}

// loadDemo puts the sample data into a demo.
func (i *instance) loadDemo() error {
	_, err := i.store.Put(i.app.ctx, demo.Records(time.Now(), i.store.Zone()), store.PutOptions{})
	return err
}

// printWelcome makes sure of a token that the command line can use, and says what to do next.
// Opening the link with the code signs in to the dashboard, once.
func (i *instance) printWelcome(code string) error {
	has, err := i.store.HasTokens(i.app.ctx)
	if err != nil {
		return err
	}
	note := ""
	if !has {
		if note, err = i.createFirstToken(); err != nil {
			return err
		}
	} else {
		note = i.checkSavedToken()
	}
	data, err := filepath.Abs(i.path)
	if err != nil {
		return err
	}
	if i.temporary {
		data = "sample data, gone when this ends"
	}
	_, err = fmt.Fprintf(i.app.out, "Serving at %s\nData:      %s\nTime zone: %s\n%sDashboard: %s/sign-in?code=%s (this link signs you in, once and within ten minutes)\nAsk:       glow system activity%s\n",
		i.url, clean(data), i.store.Zone(), note, i.dashboardURL, code, i.urlFlag())
	return err
}

// urlFlag is what a command needs to find this instance.
func (i *instance) urlFlag() string {
	if i.url == defaultURL {
		return ""
	}
	return " --instance-url " + i.url
}

// serve answers until the person interrupts, then lets what is under way finish.
func (i *instance) serve(listener net.Listener, handler *server.Server) error {
	working, abandon := context.WithCancel(context.Background())
	defer abandon()
	s := handler.HTTP()
	s.BaseContext = func(net.Listener) context.Context { return working }
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	inbox, stopInbox := context.WithCancel(i.app.ctx)
	watched := make(chan struct{})
	go func() { defer close(watched); handler.RunInbox(inbox) }()
	defer func() { stopInbox(); <-watched }() // before the database closes
	select {
	case err := <-ended:
		return err
	case <-i.app.ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		// A stalled client would keep the program running for ever. Nothing it sent was
		// acknowledged.
		abandon()
		i.log.Warn("some requests did not end in time and were broken off", "time", shutdownTime)
		return s.Close()
	}
	return nil
}

// close closes the database. Nothing of a demo stays.
func (i *instance) close() error {
	err := i.store.Close()
	if i.temporary {
		err = errors.Join(err, i.restoreTokens())
	}
	return err
}
