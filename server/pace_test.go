package server

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"glow/schema"
)

// Whoever keeps up with the rate, in whatever bursts that take no longer than what they
// may stand still, is never cut; whoever is slower on the whole is.
func TestAPaceMeansWhatItSays(t *testing.T) {
	limits := DefaultLimits()
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Int64Range(1, 4*limits.Rate).Draw(t, "bytes a second")
		burst := rapid.Int64Range(1, limits.Rate*int64(limits.Stall/time.Second)).Draw(t, "bytes at once")
		pause := time.Duration(burst * int64(time.Second) / rate)
		p := limits.newPace(answerPatience)
		cut, took := false, time.Duration(0)
		for took < time.Hour && !cut {
			wait := min(pause, p.left) // as a deadline does
			took += wait
			if cut = wait < pause; !cut {
				p.moved(int(burst), wait)
			}
		}
		switch {
		case rate >= limits.Rate && cut:
			t.Fatalf("cut after %s", took)
		case rate < limits.Rate*9/10 && !cut:
			t.Fatal("never cut")
		}
	})
}

// download asks for an export that is larger than all buffers, of instances that wait
// for nobody who is slower than 1 MiB/s.
func (in *instance) download() (net.Conn, io.Reader) {
	in.t.Helper()
	const size = 12 << 20
	line := `{"kind":"department","id":"d%d","name":"` + strings.Repeat("n", 1000) + `"}` + "\n"
	var rows strings.Builder
	for i := range size / 1000 {
		fmt.Fprintf(&rows, line, i)
	}
	in.want(http.StatusOK, in.ask(schema.RoleAdmin, "POST", schema.Import.Path, schema.TypeNDJSON, rows.String()))
	c, r := in.raw("POST " + schema.Export.Path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " + adminSecret + "\r\nContent-Length: 21\r\n\r\n" + `{"kind":"department"}`)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		in.t.Fatal(resp, err)
	}
	return c, resp.Body
}

func TestASlowButSteadyDownloadArrives(t *testing.T) {
	in := newInstance(t, Options{Limits: Limits{Stall: 500 * time.Millisecond, Rate: 1 << 20}})
	c, body := in.download()
	_ = c.(*net.TCPConn).SetReadBuffer(64 << 10)
	steady := time.NewTicker(25 * time.Millisecond) // 2.5 MiB/s
	defer steady.Stop()
	total := int64(0)
	for {
		<-steady.C
		n, err := io.CopyN(io.Discard, body, 64<<10)
		if total += n; err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("cut after %d bytes: %v", total, err)
		}
	}
}
