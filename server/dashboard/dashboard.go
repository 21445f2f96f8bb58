// Package dashboard serves the pages: signing in, web sessions, what each page shows and
// the files that it loads. It asks the store as the API does, and knows no route of it.
// What it shares with the API it is handed in Options.
package dashboard

import (
	"context"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"glow/schema"
	"glow/store"
)

// Options are what a Dashboard needs. All fields but BasePath and BehindProxy are set.
type Options struct {
	Store    *store.Store
	Log      *slog.Logger
	Version  string // shown at the foot of a page
	BasePath string // path below which all pages are, such as /glow; "" for the root

	// BehindProxy says that browsers reach the pages through a proxy, over TLS.
	BehindProxy bool

	Limits Limits
	Host   Host
}

// Limits bound what the pages take of the machine. All are set.
type Limits struct {
	// Requests, Uploads and Downloads are the places of the API too.
	Requests, Uploads, Downloads Limiter

	HoldUpload time.Duration // how long checked files wait for their import
	CheckLive  time.Duration // how often the right to follow what comes in is checked
}

// Host is the server that the pages are part of. Its methods that take a
// ResponseWriter take the one that came with the request.
type Host interface {
	// RequestID is the id under which the log knows the request.
	RequestID(w http.ResponseWriter) string

	// Send sends an answer that is known whole, compressed for those who ask.
	Send(w http.ResponseWriter, status int, contentType string, body []byte)

	// SendAsset sends a file that never changes: plain or, to those who ask, what compressed returns.
	SendAsset(w http.ResponseWriter, contentType string, plain []byte, compressed func() []byte)

	// Remote is the address of the caller, without port.
	Remote(r *http.Request) string

	// SetRole tells the access log the role of the caller.
	SetRole(w http.ResponseWriter, role string)

	// SignInFailed counts a wrong token or code. It returns the error to answer with,
	// which is err until there were too many.
	SignInFailed(w http.ResponseWriter, r *http.Request, err error) error

	// Refuse logs an error and sets the headers of its answer. It returns what the
	// caller may know of it. It panics where there is nobody to answer any more, or
	// where part of the answer is out.
	Refuse(w http.ResponseWriter, r *http.Request, err error) *schema.Error

	// Soon runs a write, which may have to wait for an import, and returns its error.
	// After a second it returns nil, and the write goes on.
	Soon(write func() error) error

	// ReadForm reads the fields of a form of at most limit bytes; 0 stands for as many
	// as a request of the API has.
	ReadForm(w http.ResponseWriter, r *http.Request, limit int64) (url.Values, error)

	// UploadBody returns a body of files. It bounds its size and how slowly it may come.
	UploadBody(w http.ResponseWriter, r *http.Request) (io.Reader, error)

	// ImportTypes lists the content types that an import takes.
	ImportTypes(q schema.ImportQuery) []string

	// Import imports a file, or tries to.
	Import(ctx context.Context, caller schema.Caller, contentType string, q schema.ImportQuery, file *io.SectionReader) (schema.ImportResponse, error)

	// Look says what the files of an import are.
	Look(ctx context.Context, contentType string, q schema.ImportQuery, file *io.SectionReader) (schema.LookResponse, error)

	// TakeBack takes an import of the history back, or tries to.
	TakeBack(ctx context.Context, caller schema.Caller, req schema.TakeBackRequest) (schema.TakeBackResponse, error)

	// Inbox is what became of the files of the inbox; nil without one.
	Inbox() *schema.InboxState

	// Put imports records.
	Put(ctx context.Context, caller schema.Caller, records iter.Seq2[*schema.Record, error]) (schema.ImportResponse, error)

	// Export sends a file.
	Export(w http.ResponseWriter, r *http.Request, caller schema.Caller, req schema.ExportRequest) error

	// Attach sends a file that a page offers, and puts on the audit list that it left.
	Attach(w http.ResponseWriter, r *http.Request, caller schema.Caller, file File) error

	// Refresh brings the summaries up to date.
	Refresh(ctx context.Context, caller schema.Caller, req schema.RefreshRequest) (schema.RefreshResponse, error)
}

// Limiter waits for a place among those that are served at once, which release gives
// back.
type Limiter func(context.Context) (release func(), err error)

// Dashboard serves the pages of one store.
type Dashboard struct {
	o        Options
	store    *store.Store
	log      *slog.Logger
	host     Host
	routes   []Route
	sessions *webSessions
	codes    *signInCodes
	closing  sync.Once
}

// New returns a Dashboard. Close ends it.
func New(o Options) *Dashboard {
	d := &Dashboard{
		o: o, store: o.Store, log: o.Log, host: o.Host,
		sessions: newWebSessions(o.Store.Now, o.Limits),
		codes:    &signInCodes{now: o.Store.Now},
	}
	d.routes = routes()
	return d
}

// path is how browsers know a path of this instance.
func (d *Dashboard) path(p string) string { return d.o.BasePath + p }

// within returns the path and query of an address as the routes know them, "" when the
// address is not below the base path.
func (d *Dashboard) within(u *url.URL) string {
	inner, ok := strings.CutPrefix(u.RequestURI(), d.o.BasePath)
	if !ok || !strings.HasPrefix(inner, "/") {
		return ""
	}
	return inner
}
