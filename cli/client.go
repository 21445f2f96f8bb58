package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"glow/schema"
)

// Where `glow serve` serves when it is not told otherwise.
const (
	defaultAddr = "127.0.0.1:8000"
	defaultURL  = "http://" + defaultAddr
)

// Timeouts of the client.
const (
	dialTimeout = 5 * time.Second
	callTimeout = 10 * time.Minute // of a call that is neither an import nor a download; a full refresh is one
)

// maxAnswer bounds what is read of an answer that is no download.
const maxAnswer = 1 << 30

// client asks one instance.
type client struct {
	name  string // of the instance, for errors
	base  *url.URL
	token string
	http  *http.Client
	close func() error
}

// open returns a client of the instance that the flags name, or of the
// database file that --db names. It is to be closed.
func (a *app) open() (*client, error) {
	if a.globals.DB != "" {
		return a.openFile(a.globals.DB)
	}
	base, err := parseURL(a.url())
	if err != nil {
		return nil, err
	}
	token := a.secret()
	if token == "" {
		saved, err := a.credentials().load()
		if err != nil {
			return nil, err
		}
		token = saved[tokenKeyOfURL(base)]
	}
	return newClient(base, token), nil
}

// openWithZone returns a client, which is to be closed, and the zone of the times that
// are shown. A wrong zone is found before an instance is asked.
func (a *app) openWithZone() (*client, *time.Location, error) {
	zone, err := a.zone()
	if err != nil {
		return nil, nil, err
	}
	c, err := a.open()
	return c, zone, err
}

func newClient(base *url.URL, token string) *client {
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    isLoopback(base.Hostname()), // elsewhere the transport asks for gzip and unpacks it
	}
	return &client{
		name: base.String(), base: base, token: token,
		http:  &http.Client{Transport: transport, CheckRedirect: stopAtRedirect},
		close: func() error { transport.CloseIdleConnections(); return nil },
	}
}

// stopAtRedirect stops at a redirect: the token is for the instance that was named.
func stopAtRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// parseURL reads the address of an instance.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, usagef("--instance-url: %q is not an address; write it as %s", text, defaultURL)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, usagef("--instance-url: give the address alone, as in %s", defaultURL)
	}
	return &url.URL{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: strings.TrimRight(u.Path, "/")}, nil
}

// answer is what an instance said: decoded, and to the letter.
type answer[Resp any] struct {
	value Resp
	raw   []byte
}

// call asks an endpoint. body is the request as JSON.
func call[Req schema.Request, Resp any](ctx context.Context, c *client, e schema.Endpoint[Req, Resp], body []byte) (answer[Resp], error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	resp, err := c.do(ctx, e.Method, e.Path, requestBody{typ: schema.TypeJSON, r: bytes.NewReader(body), size: int64(len(body))})
	if err != nil {
		return answer[Resp]{}, err
	}
	return decode[Resp](c, resp)
}

// decode reads an answer to its end.
func decode[Resp any](c *client, resp *http.Response) (out answer[Resp], err error) {
	defer resp.Body.Close()
	if out.raw, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)); err != nil {
		return out, fmt.Errorf("the answer of %s broke off: %w", c.name, err)
	}
	if err := json.Unmarshal(out.raw, &out.value); err != nil {
		return out, fmt.Errorf("cannot read the answer of %s: %w", c.name, err)
	}
	return out, nil
}

// requestBody is what is sent.
type requestBody struct {
	typ   string
	r     io.Reader
	size  int64 // in bytes; -1 when it is not known
	large bool  // ask before sending
}

// do sends a request and returns the answer, unless that is a refusal.
func (c *client) do(ctx context.Context, method, pathAndQuery string, body requestBody) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base.String()+pathAndQuery, body.r)
	if err != nil {
		return nil, err
	}
	req.ContentLength = body.size
	req.Header.Set("Content-Type", body.typ)
	req.Header.Set("User-Agent", "glow/"+version())
	if body.large {
		req.Header.Set("Expect", "100-continue")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.transportError(ctx, err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, c.responseError(resp)
}

// unreachableError says that no instance answered.
type unreachableError struct {
	message string
	cause   error
}

func (e unreachableError) Error() string { return e.message }
func (e unreachableError) Unwrap() error { return e.cause }

// transportError explains why no answer came.
func (c *client) transportError(ctx context.Context, err error) error {
	var (
		refusal *schema.Error
		network *net.OpError
	)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return context.Canceled
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, context.DeadlineExceeded):
		return unreachableError{fmt.Sprintf("%s did not answer within %s", c.name, callTimeout), err}
	case errors.As(err, &network) && network.Op == "dial":
		return unreachableError{fmt.Sprintf("no instance at %s; start one with `glow serve`, or name another with --instance-url", c.name), err}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return unreachableError{fmt.Sprintf("no answer from %s: %v", c.name, err), err}
}

// refusal is an instance's answer that it will not.
type refusal struct {
	reason   *schema.Error
	document []byte // the problem document
}

func (r *refusal) Error() string { return r.reason.Error() }
func (r *refusal) Unwrap() error { return r.reason }

// plainToTLS is what net/http answers where it expects TLS.
const plainToTLS = "HTTP request to an HTTPS server"

// responseError reads the problem document (RFC 9457) that says why.
func (c *client) responseError(resp *http.Response) error {
	if location := resp.Header.Get("Location"); resp.StatusCode < 400 && location != "" {
		return unreachableError{fmt.Sprintf("%s sends on to %s; if that is your instance, name it with --instance-url", c.name, location), nil}
	}
	typ, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	document, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode == http.StatusBadRequest && strings.Contains(string(document), plainToTLS) {
		return unreachableError{fmt.Sprintf("%s speaks TLS; name it with https://", c.name), nil}
	}
	if typ != "application/problem+json" || err != nil {
		return unreachableError{fmt.Sprintf("%s answered %s, which is not how an instance answers; is the address right?", c.name, resp.Status), err}
	}
	var problem schema.ErrorResponse
	if err := json.Unmarshal(document, &problem); err != nil {
		return fmt.Errorf("cannot read the answer of %s: %w", c.name, err)
	}
	out := schema.ParseDetail(codeOf(resp.StatusCode), problem.Detail, problem.Errors)
	if out.Message == "" {
		out.Message = problem.Title
	}
	switch out.Code {
	case schema.CodeUnauthorized:
		out.Message += "; `glow login " + c.name + "` saves a token"
	case schema.CodeInternal:
		out.Message += "; the log of the instance has more under request " + problem.RequestID
	}
	return &refusal{out, document}
}

// codeOf is the code that a status stands for.
func codeOf(status int) schema.Code {
	for _, r := range schema.Refusals {
		if r.Status == status {
			return r.Code
		}
	}
	return schema.CodeInternal
}
