package server

import (
	"net"
	"net/http"
	"runtime/debug"
	"sync"
)

// crowd keeps memory in bounds while very many are connected. A connection holds
// some 20 KiB however idle it is, and the collector lets the heap grow to twice
// what is in use before it looks; of thousands of connections that is too much.
type crowd struct {
	mu     sync.Mutex
	open   int // connections
	usual  int // the collector's percentage for few of them
	frugal bool
}

const (
	crowdFrom    = 2000 // connections that are a crowd; of half as many it is none any more
	crowdPercent = 30   // by which the heap then grows
)

// watch is told of connections that begin and end.
func (c *crowd) watch(_ net.Conn, state http.ConnState) {
	more := 1
	switch state {
	case http.StateNew:
	case http.StateClosed, http.StateHijacked:
		more = -1
	default:
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open += more
	switch {
	case c.open >= crowdFrom && !c.frugal:
		c.usual, c.frugal = debug.SetGCPercent(crowdPercent), true
	case c.open < crowdFrom/2 && c.frugal:
		debug.SetGCPercent(c.usual)
		c.frugal = false
	}
}
