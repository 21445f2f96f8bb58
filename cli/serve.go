package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
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
	Addr        string        `placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one. Default $$GLOW_ADDR, else 127.0.0.1:8000."`
	SessionIdle time.Duration `default:"30m" placeholder:"DURATION" help:"How long after its last sign of life a session counts as active. Default ${default}."`
	Demo        bool          `help:"Serve lively sample data from a throw-away database."`
	Host        []string      `placeholder:"NAME" help:"A name under which others ask for this instance, as a reverse proxy passes it on."`
	BehindProxy bool          `help:"Only a reverse proxy, which encrypts, can connect: callers are those it names, and --addr need not be this computer's own."`
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
	if !known || err != nil || n < 1 || n > unlimited>>shift {
		return fmt.Errorf("%q is not a size; write it as 500MiB or 64GiB", text)
	}
	*s = byteSize(n << shift)
	return nil
}

// shutdownTime is how long requests under way may take to end.
const shutdownTime = 10 * time.Second

// Run serves until the person interrupts.
func (c *serveCmd) Run(a *app) (err error) {
	zone, err := a.chosenZone()
	if err != nil {
		return err
	}
	if c.SessionIdle <= 0 {
		return usagef("--session-idle: %s is not more than nothing", c.SessionIdle)
	}
	if c.Addr == "" {
		c.Addr = cmp.Or(a.env["GLOW_ADDR"], defaultAddr)
	}
	listener, err := c.listen()
	if err != nil {
		return err
	}
	defer listener.Close()
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelInfo
	}
	i := &instance{
		app: a, url: urlOf(listener), path: a.database(), zone: zone, idle: c.SessionIdle,
		log: slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: level})),
	}
	if c.Demo {
		folder, failed := os.MkdirTemp("", "glow-demo-")
		if failed != nil {
			return fmt.Errorf("cannot make a folder for the demo: %w", failed)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
		i.path, i.passing = filepath.Join(folder, "glow.db"), true
	}
	if err := i.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.close()) }()
	if c.Demo {
		if err := i.fill(); err != nil {
			return err
		}
	}
	handler, err := server.New(i.store, server.Options{
		Version: version(), Logger: i.log, Hosts: c.hosts(), BehindProxy: c.BehindProxy, Limits: server.Limits{Import: int64(c.MaxImport)},
	})
	if err != nil {
		return err
	}
	defer handler.Close() // before the store is: it ends what is open at the dashboard
	if err := i.welcome(handler.SignInCode()); err != nil {
		return err
	}
	return i.serve(listener, handler)
}

// listen takes the address before anything is written.
func (c *serveCmd) listen() (net.Listener, error) {
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, usagef("--addr: %q is not an address; write it as %s", c.Addr, defaultAddr)
	}
	if !isLoopback(host) && !c.BehindProxy {
		return nil, usagef("--addr: others would reach %s, and tokens and names would travel unencrypted; listen on 127.0.0.1 behind a reverse proxy with TLS, or give --behind-proxy when the proxy runs elsewhere", c.Addr)
	}
	listener, err := net.Listen("tcp", c.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program; stop it, or choose another port with --addr", c.Addr)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", c.Addr, err)
	}
	return listener, nil
}

// hosts are the names that requests may bear beside those of this computer.
func (c *serveCmd) hosts() []string {
	host, _, _ := net.SplitHostPort(c.Addr)
	return append(c.Host, host)
}

// urlOf is the address under which this computer reaches a listener.
func urlOf(l net.Listener) string {
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// instance is what runs between the start and the end of serve.
type instance struct {
	app     *app
	url     string
	path    string
	passing bool           // thrown away at the end
	zone    *time.Location // of --timezone; nil when none was given
	idle    time.Duration
	log     *slog.Logger
	store   *store.Store
	saved   []string          // keys under which the first token is saved
	before  map[string]string // all that was saved before it
}

func (i *instance) open() error {
	if err := os.MkdirAll(filepath.Dir(i.path), 0o700); err != nil {
		return fmt.Errorf("cannot make the folder of %s: %w", i.path, err)
	}
	st, err := store.Open(i.app.ctx, store.Options{
		Path: i.path, Zone: i.zone, NewZone: i.app.localZone(), SessionIdle: i.idle, Logger: i.log, Holder: "glow serve at " + i.url,
	})
	i.store = st
	return err
}

// fill puts the sample data into a demo.
func (i *instance) fill() error {
	_, err := i.store.Put(i.app.ctx, demo.Records(time.Now(), i.store.Zone()), store.PutOptions{})
	return err
}

// welcome sees to a token that the command line can use, and tells how to go on.
// The code signs whoever opens the link in to the dashboard, once.
func (i *instance) welcome(code string) error {
	has, err := i.store.HasTokens(i.app.ctx)
	if err != nil {
		return err
	}
	note := ""
	if !has {
		if note, err = i.firstToken(); err != nil {
			return err
		}
	} else if note, err = i.knownToken(); err != nil {
		return err
	}
	data, err := filepath.Abs(i.path)
	if err != nil {
		return err
	}
	if i.passing {
		data = "sample data, gone when this ends"
	}
	_, err = fmt.Fprintf(i.app.out, "Serving at %s\nData:      %s\nTime zone: %s\n%sDashboard: %s/sign-in?code=%s (this link signs you in, once and within ten minutes)\nAsk:       glow system activity%s\n",
		i.url, clean(data), i.store.Zone(), note, i.url, code, i.urlFlag())
	return err
}

// urlFlag is what a command needs to find this instance.
func (i *instance) urlFlag() string {
	if i.url == defaultURL {
		return ""
	}
	return " --instance-url " + i.url
}

// firstToken makes the token of the first admin of GLOW_TOKEN, else of chance. It
// is saved before the database knows it: were it the other way round and saving
// failed, the database would have an admin whose token nobody has.
func (i *instance) firstToken() (note string, err error) {
	secret := i.app.secret()
	if secret == "" {
		secret = store.NewSecret()
	}
	file := i.app.credentials()
	if i.before, err = file.load(); err != nil {
		return "", err
	}
	keys := []string{i.url}
	if !i.passing {
		keys = append(keys, i.fileKey())
	}
	if err := file.save(secret, keys...); err != nil {
		return "", err
	}
	i.saved = keys
	ctx := context.WithoutCancel(i.app.ctx) // an interrupt would leave open whether it was made
	if err := i.store.AdoptToken(ctx, firstTokenName, secret); err != nil {
		return "", errors.Join(err, i.unsave())
	}
	if err := i.auditFirstToken(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("Token:     an admin's, saved in %s for the command line\n", clean(file.path)), nil
}

// auditFirstToken writes down that the only token there is was made.
func (i *instance) auditFirstToken(ctx context.Context) error {
	tokens, err := i.store.Tokens(ctx)
	if err != nil {
		return err
	}
	made := tokens.Data[0]
	return i.store.Audit(ctx, schema.Caller{TokenName: "glow serve", Role: schema.RoleAdmin, Remote: "local"},
		schema.ActionTokenCreate, map[string]any{"token_id": made.TokenID, "name": made.Name, "role": made.Role})
}

// unsave puts back what was saved in the place of the first token.
func (i *instance) unsave() error {
	return i.app.credentials().change(func(saved map[string]string) {
		for _, key := range i.saved {
			delete(saved, key)
			if old, had := i.before[key]; had {
				saved[key] = old
			}
		}
	})
}

// firstTokenName is the name of the token that serve makes.
const firstTokenName = "first admin"

// knownToken sees to it that the token saved for this address is one of this
// database. Another instance may have served here since.
func (i *instance) knownToken() (note string, err error) {
	file := i.app.credentials()
	saved, err := file.load()
	if err != nil {
		return "", err
	}
	for _, key := range []string{i.url, i.fileKey()} {
		if secret := saved[key]; secret != "" {
			if _, err := i.store.Authenticate(i.app.ctx, secret); err == nil {
				return "", file.save(secret, i.url)
			}
		}
	}
	return fmt.Sprintf("Token:     none of yours is saved for this instance; `glow login%s` saves one\n", i.urlFlag()), nil
}

// fileKey is under which the token of a database is saved, whatever its address.
func (i *instance) fileKey() string {
	path, err := filepath.Abs(i.path)
	if err != nil { // the working folder is gone
		path = i.path
	}
	return "file://" + filepath.ToSlash(path)
}

// serve answers until the person interrupts, then lets what is under way finish.
func (i *instance) serve(listener net.Listener, handler *server.Server) error {
	working, abandon := context.WithCancel(context.Background())
	defer abandon()
	s := handler.HTTP()
	s.BaseContext = func(net.Listener) context.Context { return working }
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-i.app.ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		abandon()
		return errors.Join(fmt.Errorf("some requests did not end within %s and were broken off", shutdownTime), s.Close())
	}
	return nil
}

// close closes the database. Nothing of a demo stays.
func (i *instance) close() error {
	err := i.store.Close()
	if i.passing && i.saved != nil {
		err = errors.Join(err, i.unsave())
	}
	return err
}
