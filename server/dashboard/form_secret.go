package dashboard

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
)

// maskedText writes masked secrets, in the characters of the secrets themselves.
var maskedText = base32.StdEncoding.WithPadding(base32.NoPadding)

// maskSecret returns a secret in a form that differs from page to page: a random mask, and the
// secret combined with it. Pages are compressed and show what an address asks for, so that
// the length of a page would tell a secret that stayed the same, character by character (BREACH).
func maskSecret(secret string) string {
	masked := make([]byte, 2*len(secret))
	mask := masked[:len(secret)]
	_, _ = rand.Read(mask) // it never fails
	subtle.XORBytes(masked[len(secret):], mask, []byte(secret))
	return maskedText.EncodeToString(masked)
}

// unmaskSecret returns the secret of maskSecret, "" when there is none in the text.
func unmaskSecret(text string) string {
	masked, err := maskedText.DecodeString(text)
	if err != nil || len(masked)%2 != 0 {
		return ""
	}
	mask, rest := masked[:len(masked)/2], masked[len(masked)/2:]
	secret := make([]byte, len(rest))
	subtle.XORBytes(secret, mask, rest)
	return string(secret)
}
