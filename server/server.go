// Package server answers over HTTP: routes, who may ask what, the formats that
// records come in and go out in, and the pages.
package server

import (
	"log/slog"
	"net/http"
	"time"

	"glow/schema"
	"glow/server/dashboard"
	"glow/server/formats"
	"glow/server/inbox"
	"glow/store"
)

// Options say how a Server answers. The zero value is that of an instance on
// this machine.
type Options struct {
	Version string       // what /system/context and the pages say; default "dev"
	Logger  *slog.Logger // default: discards

	// Hosts are the names and addresses, without port, under which the instance
	// is asked, beside those of the loopback interface. Under any other name a
	// request is refused, so that a page in somebody's browser cannot reach the
	// instance by pointing a name of its own at it.
	Hosts []string

	// BehindProxy says that only a reverse proxy can connect: the address of a
	// caller is then the last one of X-Forwarded-For.
	BehindProxy bool

	// Local says that the requests come from this very process, which has the
	// database file open: one without a token is then the admin's own.
	Local bool

	// BasePath is the path below which everything is, such as /glow; "" for the
	// root. CheckBasePath says which there can be.
	BasePath string

	// Inbox is a folder; files that appear in it are imported while RunInbox runs. "" for none.
	Inbox string

	Limits Limits
}

// Limits bound what one caller can take of the machine. Zero fields take the
// value of DefaultLimits.
type Limits struct {
	Query   int64          // bytes of a JSON request
	Import  int64          // bytes of an import: of its body and, when that is a ZIP, unpacked
	Formats formats.Limits // inside an import; what is unpacked is at most Import

	Requests  int           // answered at once, and as many posts of single records; more wait
	Uploads   int           // imports that are read at once; more wait
	Downloads int           // exports and backups at once; more wait
	Wait      time.Duration // for one's turn; then 503

	Body  time.Duration // for all of a JSON request to arrive
	Stall time.Duration // without a byte of an import arriving, or of an answer leaving, at first
	Rate  int64         // the least that either moves, in bytes a second

	HoldUpload time.Duration // for files that were checked at the dashboard to be imported; then they are dropped
	CheckLive  time.Duration // between checks of the right to follow what comes in; at most so long it outlives a token
}

// DefaultLimits returns the limits that hold where none are given.
func DefaultLimits() Limits {
	return Limits{
		Query:     256 << 10,
		Import:    formats.DefaultLimits().MaxUnpacked,
		Formats:   formats.DefaultLimits(),
		Requests:  256,
		Uploads:   store.MaxImports - 2, // the store's own work, such as a rebuild, takes the same places
		Downloads: 256,
		Wait:      10 * time.Second,
		Body:      30 * time.Second,
		Stall:     30 * time.Second,
		Rate:      8 << 10,

		HoldUpload: 30 * time.Minute,
		CheckLive:  15 * time.Second,
	}
}

// Server answers for one store. It is an http.Handler.
type Server struct {
	store   *store.Store
	o       Options
	log     *slog.Logger
	hosts   map[string]bool
	origins *http.CrossOriginProtection
	router  http.Handler
	openAPI []byte

	requests  semaphore
	posts     semaphore // of single records, which wait for the disk, and do not keep the readers waiting
	uploads   semaphore
	downloads semaphore
	throttle  *loginThrottle
	dashboard *dashboard.Dashboard
	metrics   *metrics
	ready     readiness
	inbox     *inbox.Inbox // nil: there is none
}

// New returns a Server that answers from st.
func New(st *store.Store, o Options) (*Server, error) {
	o = o.withDefaults()
	s := &Server{
		store: st, o: o, log: o.Logger,
		hosts:     hostSet(o.Hosts),
		origins:   http.NewCrossOriginProtection(),
		requests:  make(semaphore, o.Limits.Requests),
		posts:     make(semaphore, o.Limits.Requests),
		uploads:   make(semaphore, o.Limits.Uploads),
		downloads: make(semaphore, o.Limits.Downloads),
		throttle:  newLoginThrottle(time.Now),
		metrics:   newMetrics(),
	}
	var err error
	if s.openAPI, err = schema.OpenAPI(o.Version, o.BasePath); err != nil {
		return nil, err
	}
	if err := s.openInbox(); err != nil {
		return nil, err
	}
	s.dashboard = s.newDashboard()
	s.router = s.below(s.newRouter())
	return s, nil
}

// HTTP returns an http.Server around s that cuts connections which hold it up.
// Address and TLS are the caller's to set.
func (s *Server) HTTP() *http.Server {
	hs := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,

		ConnState:                    new(crowd).watch,
		DisableGeneralOptionsHandler: true, // OPTIONS * would pass by all checks
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	hs.RegisterOnShutdown(s.Close)
	return hs
}

func (o Options) withDefaults() Options {
	if o.Version == "" {
		o.Version = "dev"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits = o.Limits.withDefaults()
	return o
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	orDefault(&l.Query, d.Query)
	orDefault(&l.Import, d.Import)
	orDefault(&l.Formats.MaxUnpacked, l.Import)
	orDefault(&l.Requests, d.Requests)
	orDefault(&l.Uploads, d.Uploads)
	orDefault(&l.Downloads, d.Downloads)
	orDefault(&l.Wait, d.Wait)
	orDefault(&l.Body, d.Body)
	orDefault(&l.Stall, d.Stall)
	orDefault(&l.Rate, d.Rate)
	orDefault(&l.HoldUpload, d.HoldUpload)
	orDefault(&l.CheckLive, d.CheckLive)
	return l
}

func orDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}
