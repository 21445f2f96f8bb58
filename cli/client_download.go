package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"glow/schema"
)

// target is where a download goes.
type target struct {
	path      string // a file, a folder (under the name the instance gives), "-" for stdout, or empty for this folder
	fallback  string // name of the file when the instance gives none
	overwrite bool
}

// download asks an endpoint for a file and writes it. The file appears when it
// is whole, or not at all. The returned path is empty for stdout.
func (a *app) download(c *client, e schema.Route, body []byte, to target) (path string, size int64, err error) {
	if named := to.path != "" && to.path != "-" && !isFolder(to.path); named && !to.overwrite {
		if err := checkFree(to.path); err != nil { // before the instance does the work
			return "", 0, err
		}
	}
	resp, err := c.do(a.ctx, e.Method, e.Path, requestBody{typ: schema.TypeJSON, r: bytes.NewReader(body), size: int64(len(body))})
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	a.warnSmallGroups(resp)
	if to.path == "-" {
		size, err = a.copyDownload(a.out, resp)
		return "", size, err
	}
	path = to.path
	if path == "" || isFolder(path) {
		path = filepath.Join(path, nameOf(resp, to.fallback))
	}
	if !to.overwrite {
		if err := checkFree(path); err != nil {
			return "", 0, err
		}
	}
	f, err := createBeside(path)
	if err != nil {
		return "", 0, err
	}
	defer f.discard()
	if size, err = a.copyDownload(f, resp); err != nil {
		return "", 0, err
	}
	return path, size, f.keep(to.overwrite)
}

// warnSmallGroups says that pseudonyms hide few people badly.
func (a *app) warnSmallGroups(resp *http.Response) {
	if n, _ := strconv.ParseInt(resp.Header.Get(schema.HeaderSmallGroups), 10, 64); n > 0 {
		fmt.Fprintf(a.errs, "Note: %s (of a department and a role) with fewer than %d people; whoever knows them may recognise them in spite of the pseudonyms.\n",
			plural(n, "group"), schema.SmallGroup)
	}
}

// copyDownload copies an answer, which must come to its announced end.
func (a *app) copyDownload(w io.Writer, resp *http.Response) (int64, error) {
	progress := a.progress(resp.ContentLength, "receiving")
	defer progress.end()
	n, err := io.Copy(w, io.TeeReader(resp.Body, progress))
	switch {
	case a.ctx.Err() != nil:
		return n, a.ctx.Err()
	case err != nil && isWriteError(err):
		return n, fmt.Errorf("cannot write the file: %w", err)
	case err != nil:
		return n, fmt.Errorf("the download broke off after %d bytes: %w; nothing was kept, try again", n, err)
	case resp.ContentLength >= 0 && n != resp.ContentLength:
		return n, fmt.Errorf("the download broke off after %d of %d bytes; nothing was kept, try again", n, resp.ContentLength)
	}
	return n, nil
}

func isWriteError(err error) bool {
	var path *os.PathError
	return errors.As(err, &path) && path.Op == "write"
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// nameOf returns the file name that the instance gives, if it is nothing but one.
func nameOf(resp *http.Response, fallback string) string {
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition"))
	name := params["filename"]
	if err != nil || name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") || strings.ContainsAny(name, `/\:`) || clean(name) != name {
		return fallback
	}
	return name
}
