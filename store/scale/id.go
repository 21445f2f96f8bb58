package scale

import "glow/schema"

// Salts keep the hashes of different things apart.
const (
	saltDepartment uint64 = iota + 1
	saltProfile
	saltSession
	saltLogin
	saltGrant
	saltEmulation
	saltActivity
	saltProblem
	saltGroup
	saltRun
	saltAttempt
	saltChat
	saltMessage
	saltTime
	saltBurst
)

// randomID returns an id shaped as a UUID of version 4.
func randomID(h uint64) string { return uuid(hash(0, h)>>16, 4, h) }

// timedID returns an id shaped as a UUID of version 7, which begins with its time.
func timedID(t schema.Instant, h uint64) string { return uuid(uint64(t/millisecond), 7, h) }

// uuid prints 48 bits, the version, and all 64 bits of h, on which an id's
// being the only one rests.
func uuid(first48 uint64, version byte, h uint64) string {
	const digits = "0123456789abcdef"
	var b [36]byte
	hex := func(from, to int, bits uint64) {
		for i := to - 1; i >= from; i-- {
			b[i] = digits[bits&15]
			bits >>= 4
		}
	}
	hex(0, 8, first48>>16)
	b[8] = '-'
	hex(9, 13, first48)
	b[13] = '-'
	b[14] = '0' + version
	hex(15, 18, h>>52)
	b[18] = '-'
	hex(19, 23, 0x8000|h>>48&0x3fff)
	b[23] = '-'
	hex(24, 36, h)
	return string(b[:])
}
