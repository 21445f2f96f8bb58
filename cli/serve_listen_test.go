package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair writes a certificate for 127.0.0.1 with a serial number, and its key.
func pair(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "glow"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// serialOf shakes hands with a listener and returns the number of its certificate.
func serialOf(t *testing.T, l net.Listener) int64 {
	t.Helper()
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, _ = io.Copy(c, c)
			c.Close()
		}
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // which certificate it is is the question
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestARenewedCertificateIsTakenUpAndABrokenOneIsNot(t *testing.T) {
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	pair(t, cert, key, 1)
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	l := listenFlags{Addr: "127.0.0.1:0", TLSCert: cert, TLSKey: key}
	listener, err := l.listen(logger)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if url := l.url(listener); !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Errorf("the address is %s", url)
	}
	if got := serialOf(t, listener); got != 1 {
		t.Errorf("certificate %d, want 1", got)
	}
	c, err := readCertificate(cert, key, logger)
	if err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c.checkedAt = time.Time{} // as if a second had passed
		leaf, err := x509.ParseCertificate(c.current().Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	pair(t, cert, filepath.Join(folder, "other.pem"), 2) // of which the key is not there yet
	if got := serial(); got != 1 || !strings.Contains(log.String(), "the old one stays") {
		t.Errorf("certificate %d, want 1; the log says %s", got, log.String())
	}
	pair(t, cert, key, 3)
	if got := serial(); got != 3 {
		t.Errorf("certificate %d, want 3", got)
	}
}

func TestWhereAnInstanceMayListen(t *testing.T) {
	folder := t.TempDir()
	cert, key := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	pair(t, cert, key, 1)
	for name, test := range map[string]struct {
		l    listenFlags
		want string // part of the refusal; "" for none
	}{
		"this computer":         {listenFlags{Addr: "127.0.0.1:0"}, ""},
		"everywhere, plain":     {listenFlags{Addr: "0.0.0.0:0"}, "unencrypted"},
		"no host, plain":        {listenFlags{Addr: ":0"}, "unencrypted"},
		"everywhere, TLS":       {listenFlags{Addr: "0.0.0.0:0", TLSCert: cert, TLSKey: key}, ""},
		"everywhere, proxy":     {listenFlags{Addr: "0.0.0.0:0", BehindProxy: true}, ""},
		"certificate, no key":   {listenFlags{Addr: "127.0.0.1:0", TLSCert: cert}, "go together"},
		"key, no certificate":   {listenFlags{Addr: "127.0.0.1:0", TLSKey: key}, "go together"},
		"no such certificate":   {listenFlags{Addr: "127.0.0.1:0", TLSCert: cert + "x", TLSKey: key}, "no such file"},
		"key for a certificate": {listenFlags{Addr: "127.0.0.1:0", TLSCert: key, TLSKey: key}, "cannot use"},
		"no port":               {listenFlags{Addr: "127.0.0.1"}, "is not an address"},
	} {
		listener, err := test.l.listen(slog.New(slog.DiscardHandler))
		if err == nil {
			listener.Close()
		}
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}
