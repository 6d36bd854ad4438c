// Command conformance checks what the log publishes with the Go project's own code: golang.org/x/mod/sumdb/note and
// tlog, which share no line with ours. It reads one JSON document from standard input and prints "ok", or the first
// check that failed and exits 1.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type inclusion struct {
	Index int64
	Leaf  string
	Proof string // the .tlog-proof text
}

type consistency struct {
	Old, New string // checkpoints, as signed notes
	Proof    []string
}

type document struct {
	VerifierKey   string
	Inclusions    []inclusion
	Consistencies []consistency
	TileFolder    string // holds tile/<L>/<N>[.p/<W>] as served
	Checkpoint    string
	URL           string // of a log over HTTP: the prefix of checkpoint and tile/...
	Token         string // for its entry tiles
	Flipped       bool   // also read each tile of the folder, and the checkpoint, with each of its bytes changed
}

func main() {
	var in document
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		fail("input", err)
	}
	verifier, err := note.NewVerifier(in.VerifierKey)
	if err != nil {
		fail("verifier key", err)
	}
	for _, item := range in.Inclusions {
		if err := checkInclusion(verifier, item); err != nil {
			fail(fmt.Sprintf("inclusion of %d", item.Index), err)
		}
	}
	for _, item := range in.Consistencies {
		if err := checkConsistency(verifier, item); err != nil {
			fail("consistency", err)
		}
	}
	if in.TileFolder != "" {
		if err := checkTiles(verifier, in); err != nil {
			fail("tiles", err)
		}
	}
	if in.Flipped {
		if err := checkFlipped(verifier, in); err != nil {
			fail("flipped", err)
		}
	}
	if in.URL != "" {
		if err := checkServed(verifier, in); err != nil {
			fail("served", err)
		}
	}
	fmt.Println("ok")
}

func fail(what string, err error) {
	fmt.Printf("%s: %v\n", what, err)
	os.Exit(1)
}

// tree opens a checkpoint and reads it as a tree head.
func tree(verifier note.Verifier, text string) (tlog.Tree, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of this log")
	}
	var size int64
	if _, err := fmt.Sscanf(lines[1], "%d", &size); err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func checkInclusion(verifier note.Verifier, item inclusion) error {
	head, checkpoint, ok := strings.Cut(item.Proof, "\n\n")
	lines := strings.Split(head, "\n")
	if !ok || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", item.Index) {
		return fmt.Errorf("not a tlog-proof of this index")
	}
	proof, err := hashes(lines[2:])
	if err != nil {
		return err
	}
	signed, err := tree(verifier, checkpoint)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, signed.N, signed.Hash, item.Index, tlog.RecordHash([]byte(item.Leaf)))
}

func checkConsistency(verifier note.Verifier, item consistency) error {
	older, err := tree(verifier, item.Old)
	if err != nil {
		return err
	}
	newer, err := tree(verifier, item.New)
	if err != nil {
		return err
	}
	proof, err := hashes(item.Proof)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newer.N, newer.Hash, older.N, older.Hash)
}

// checkTiles lets Go's tile reader authenticate every hash that the inclusions need against the signed root.
func checkTiles(verifier note.Verifier, in document) error {
	signed, err := tree(verifier, in.Checkpoint)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(signed, folder(in.TileFolder))
	root, err := tlog.TreeHash(signed.N, reader)
	if err != nil {
		return err
	}
	if root != signed.Hash {
		return fmt.Errorf("the tiles make another root")
	}
	for _, item := range in.Inclusions {
		found, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, item.Index)})
		if err != nil {
			return err
		}
		if found[0] != tlog.RecordHash([]byte(item.Leaf)) {
			return fmt.Errorf("the tile holds another leaf at %d", item.Index)
		}
	}
	return nil
}

// checkFlipped changes one byte after the other of every tile that the reader needs, and of the checkpoint, and wants each
// change refused. The unread end of a signature's last base64 digit is no change: it decodes to the same bytes.
func checkFlipped(verifier note.Verifier, in document) error {
	kept := &recorded{folder: folder(in.TileFolder), read: map[string]int{}}
	if err := readAll(verifier, in.Checkpoint, kept); err != nil {
		return err
	}
	for path, size := range kept.read {
		for place := 0; place < size; place++ {
			if readAll(verifier, in.Checkpoint, flipped{folder(in.TileFolder), path, place}) == nil {
				return fmt.Errorf("%s with byte %d changed was accepted", path, place)
			}
		}
	}
	for place := range in.Checkpoint {
		changed := []byte(in.Checkpoint)
		changed[place] ^= 1
		if !sameSignature(in.Checkpoint, string(changed)) && readAll(verifier, string(changed), kept) == nil {
			return fmt.Errorf("the checkpoint with byte %d changed was accepted", place)
		}
	}
	return nil
}

func sameSignature(one, other string) bool {
	text, first, _ := strings.Cut(one, "\n\n")
	same, second, found := strings.Cut(other, "\n\n")
	if !found || text != same {
		return false
	}
	before, firstErr := base64.StdEncoding.DecodeString(strings.TrimSpace(first[strings.LastIndex(first, " ")+1:]))
	after, secondErr := base64.StdEncoding.DecodeString(strings.TrimSpace(second[strings.LastIndex(second, " ")+1:]))
	names := first[:strings.LastIndex(first, " ")] == second[:max(0, strings.LastIndex(second, " "))]
	return firstErr == nil && secondErr == nil && names && string(before) == string(after)
}

// readAll reads the hash of every leaf; each tile on the way is authenticated against the signed root.
func readAll(verifier note.Verifier, checkpoint string, tiles tlog.TileReader) error {
	signed, err := tree(verifier, checkpoint)
	if err != nil {
		return err
	}
	var indexes []int64
	for index := int64(0); index < signed.N; index++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, index))
	}
	_, err = tlog.TileHashReader(signed, tiles).ReadHashes(indexes)
	return err
}

// recorded notes which tiles were read, and how long each is.
type recorded struct {
	folder
	read map[string]int
}

func (r *recorded) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	contents, err := r.folder.ReadTiles(tiles)
	for place, content := range contents {
		r.read[tiles[place].Path()] = len(content)
	}
	return contents, err
}

// flipped is a folder of tiles of which one byte of one tile is another.
type flipped struct {
	folder
	path  string
	place int
}

func (f flipped) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	contents, err := f.folder.ReadTiles(tiles)
	for place, content := range contents {
		if tiles[place].Path() == f.path {
			content[f.place] ^= 1
		}
	}
	return contents, err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return nil, fmt.Errorf("not a hash: %q", line)
		}
		found = append(found, tlog.Hash(raw))
	}
	return found, nil
}

type folder string

func (folder) Height() int { return 8 }

func (folder) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles reads tiles as tlog-tiles names them: Go's own paths have the height as a first part, tile/8/L/N.
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range tiles {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		content, err := os.ReadFile(filepath.Join(string(f), filepath.FromSlash(path)))
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}

// checkServed follows a log over HTTP: the checkpoint is opened, every tile is authenticated against its root, and every
// entry of every entry tile must be the one whose hash the tree holds.
func checkServed(verifier note.Verifier, in document) error {
	text, err := fetch(in.URL+"/checkpoint", "")
	if err != nil {
		return err
	}
	signed, err := tree(verifier, string(text))
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(signed, served(in.URL))
	root, err := tlog.TreeHash(signed.N, reader)
	if err != nil {
		return err
	}
	if root != signed.Hash {
		return fmt.Errorf("the tiles make another root")
	}
	for first := int64(0); first < signed.N; first += 256 {
		width := min(256, signed.N-first)
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(width)}
		path := "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/")
		content, err := fetch(in.URL+"/"+path, in.Token)
		if err != nil {
			return err
		}
		for index := first; index < first+width; index++ {
			if len(content) < 2 || len(content) < 2+int(binary.BigEndian.Uint16(content)) {
				return fmt.Errorf("entry tile %d is cut off", tile.N)
			}
			length := 2 + int(binary.BigEndian.Uint16(content))
			found, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			if err != nil {
				return err
			}
			if found[0] != tlog.RecordHash(content[2:length]) {
				return fmt.Errorf("the tree holds another entry at %d", index)
			}
			content = content[length:]
		}
		if len(content) != 0 {
			return fmt.Errorf("entry tile %d is too long", tile.N)
		}
	}
	return nil
}

func fetch(url, token string) ([]byte, error) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != 200 {
		err = fmt.Errorf("%s: %s", url, answer.Status)
	}
	return content, err
}

type served string

func (served) Height() int { return 8 }

func (served) SaveTiles([]tlog.Tile, [][]byte) {}

func (s served) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var contents [][]byte
	for _, tile := range tiles {
		content, err := fetch(string(s)+"/tile/"+strings.TrimPrefix(tile.Path(), "tile/8/"), "")
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}
