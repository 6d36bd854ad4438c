// Command witness is somebody else's half of c2sp.org/tlog-witness: the witness, the client and the cosignatures of
// github.com/transparency-dev, which share no line with ours.
//
//	witness serve LOG-VKEY               a witness on a free port; prints its address and its key, ends with its input
//	witness feed URL OLD                 sends the request's checkpoint and proof (JSON, standard input) to a witness
//	witness cosigned VKEY... < NOTE      which of the keys cosigned the checkpoint, one name a line
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	fnote "github.com/transparency-dev/formats/note"
	client "github.com/transparency-dev/witness/client/http"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	var err error
	switch os.Args[1] {
	case "serve":
		err = serve(os.Args[2])
	case "feed":
		err = feed(os.Args[2], os.Args[3])
	case "cosigned":
		err = cosigned(os.Args[2:])
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func serve(vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	secret, public, err := note.GenerateKey(rand.Reader, "foreign.example/witness")
	if err != nil {
		return err
	}
	signer, err := fnote.NewSignerForCosignatureV1(secret)
	if err != nil {
		return err
	}
	shown, err := fnote.VKeyToCosignatureV1(public)
	if err != nil {
		return err
	}
	ctx := context.Background()
	foreign, err := witness.New(ctx, witness.Opts{
		Persistence: inmemory.New(),
		Signers:     []note.Signer{signer},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			return verifier, origin == verifier.Name(), nil
		},
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", witness.NewHTTPHandler(foreign).AddCheckpoint)
	fmt.Printf("http://%s %s\n", listener.Addr(), shown)
	go http.Serve(listener, mux)
	io.Copy(io.Discard, os.Stdin)
	return nil
}

type request struct {
	Checkpoint string
	Proof      [][]byte // base64
}

func feed(prefix, old string) error {
	var in request
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		return err
	}
	size, err := strconv.ParseUint(old, 10, 64)
	if err != nil {
		return err
	}
	address, err := url.Parse(prefix)
	if err != nil {
		return err
	}
	ours := client.NewWitness(address, http.DefaultClient)
	signatures, seen, err := ours.Update(context.Background(), size, []byte(in.Checkpoint), in.Proof)
	if err != nil {
		return fmt.Errorf("%v %d", err, seen)
	}
	fmt.Print(string(signatures))
	return nil
}

func cosigned(vkeys []string) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	var verifiers []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := fnote.NewVerifierForCosignatureV1(vkey)
		if err != nil {
			return err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open(text, note.VerifierList(verifiers...))
	if err != nil {
		return err
	}
	var names []string
	for _, signature := range opened.Sigs {
		if _, err := fnote.CoSigV1Timestamp(signature); err != nil {
			return err
		}
		names = append(names, signature.Name)
	}
	fmt.Println(strings.Join(names, "\n"))
	return nil
}
