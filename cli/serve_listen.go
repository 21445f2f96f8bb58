package cli

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"glow/server"
)

// listenFlags is where an instance listens and what it is called.
type listenFlags struct {
	Addr        string   `placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one. Default $$GLOW_ADDR, else 127.0.0.1:8000."`
	Host        []string `placeholder:"NAME" help:"A name under which others ask for this instance, as a reverse proxy passes it on."`
	BehindProxy bool     `help:"Only a reverse proxy, which encrypts, can connect: callers are those it names, and --addr need not be this computer's own."`
	BasePath    string   `placeholder:"PATH" help:"The path below which everything is, such as /glow, when a proxy passes only that on. Default $$GLOW_BASE_PATH, else none."`
	TLSCert     string   `name:"tls-cert" placeholder:"FILE" help:"Speak TLS with the certificate chain in this PEM file, which may be renewed while glow runs."`
	TLSKey      string   `name:"tls-key" placeholder:"FILE" help:"The key of --tls-cert."`
}

// maxConnections is how many connections are open at once; those that come then
// wait until one closes. Each takes some 20 KiB.
const maxConnections = 12_000

// connections is maxConnections, or what leaves a quarter of the open files to the
// database where the system allows fewer.
func connections() int { return max(1, min(maxConnections, openFiles()*3/4)) }

// listen takes the address before anything is written. The certificate is read,
// too: a program that cannot speak to anybody should say so at once.
func (l *listenFlags) listen(log *slog.Logger) (net.Listener, error) {
	host, _, err := net.SplitHostPort(l.Addr)
	if err != nil {
		return nil, usagef("--addr: %q is not an address; write it as %s", l.Addr, defaultAddr)
	}
	if err := server.CheckBasePath(l.BasePath); err != nil {
		return nil, usagef("--base-path: %q is no path for an instance; %v", l.BasePath, err)
	}
	if (l.TLSCert == "") != (l.TLSKey == "") {
		return nil, usagef("--tls-cert and --tls-key go together; one of them is missing")
	}
	if !isLoopback(host) && !l.BehindProxy && !l.secure() {
		return nil, usagef("--addr: others would reach %s, and tokens and names would travel unencrypted; give --tls-cert and --tls-key, listen on 127.0.0.1 behind a reverse proxy with TLS, or give --behind-proxy when the proxy runs elsewhere", l.Addr)
	}
	var pair *certificate
	if l.secure() {
		if pair, err = readCertificate(l.TLSCert, l.TLSKey, log); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", l.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program; stop it, or choose another port with --addr", l.Addr)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", l.Addr, err)
	}
	listener = netutil.LimitListener(&listenerTCP{listener.(*net.TCPListener)}, connections())
	if pair != nil {
		listener = tls.NewListener(listener, pair.config())
	}
	return listener, nil
}

// sendBuffer is what the system takes of an answer before its reader does, in bytes.
// Without a limit it takes megabytes, of which a slow reader takes nothing visible for
// minutes; with less, a distant reader waits for each round trip.
const sendBuffer = 128 << 10

// listenerTCP limits what connections buffer.
type listenerTCP struct{ *net.TCPListener }

// Accept waits for the next connection.
func (l *listenerTCP) Accept() (net.Conn, error) {
	c, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	_ = c.SetWriteBuffer(sendBuffer)
	return c, nil
}

func (l *listenFlags) secure() bool { return l.TLSCert != "" }

// hosts are the names that requests may bear beside those of this computer.
func (l *listenFlags) hosts() []string {
	host, _, _ := net.SplitHostPort(l.Addr)
	return append(l.Host, host)
}

// url is the address under which an instance is reached: by the first of its
// names where it speaks TLS, since its certificate is for that, else by that of
// this computer.
func (l *listenFlags) url(listener net.Listener) string {
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	if !l.secure() {
		return "http://" + net.JoinHostPort(host, port) + l.BasePath
	}
	if len(l.Host) > 0 {
		host = l.Host[0]
	}
	return "https://" + net.JoinHostPort(host, port) + l.BasePath
}

// dashboardURL is the address under which people look at the dashboard: that of the proxy,
// where there is one.
func (l *listenFlags) dashboardURL(listener net.Listener) string {
	if l.BehindProxy && len(l.Host) > 0 {
		return "https://" + l.Host[0] + l.BasePath
	}
	return l.url(listener)
}

// certificate is a pair of files that is read again when it changes, as it does
// when it is renewed.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu        sync.Mutex
	pair      *tls.Certificate
	state     [2]fileState // of the files that pair, or the last try, was read from
	checkedAt time.Time
}

// fileState changes when a file does.
type fileState struct {
	modified time.Time
	size     int64
}

// certificateCheckInterval is how often the files are looked at, at most.
const certificateCheckInterval = time.Second

func readCertificate(cert, key string, log *slog.Logger) (*certificate, error) {
	c := &certificate{cert: cert, key: key, log: log, state: fileStates(cert, key), checkedAt: time.Now()}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: cannot use %s with %s: %w", cert, key, err)
	}
	c.pair = &pair
	return c, nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, // the deadlines of server.Server are those of a connection
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(), nil },
	}
}

// current returns the certificate of now. One that cannot be used, for instance
// as only one of the two files is renewed yet, leaves the old one in use.
func (c *certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.checkedAt) < certificateCheckInterval {
		return c.pair
	}
	c.checkedAt = time.Now()
	state := fileStates(c.cert, c.key)
	if state == c.state {
		return c.pair
	}
	c.state = state
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		c.log.Warn("the renewed certificate cannot be used; the old one stays", "error", err)
		return c.pair
	}
	c.log.Info("the certificate was renewed")
	c.pair = &pair
	return c.pair
}

func fileStates(cert, key string) (states [2]fileState) {
	for i, path := range []string{cert, key} {
		if info, err := os.Stat(path); err == nil {
			states[i] = fileState{info.ModTime(), info.Size()}
		}
	}
	return states
}

// withDefaults takes the address and the base path of the environment where none are
// given.
func (l *listenFlags) withDefaults(env map[string]string) {
	l.Addr = cmp.Or(l.Addr, env["GLOW_ADDR"], defaultAddr)
	l.BasePath = cmp.Or(l.BasePath, env["GLOW_BASE_PATH"])
}
