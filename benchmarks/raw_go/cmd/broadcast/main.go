// The peer: what a Go program does that only hands every message of a Redis channel to every socket. No GraphQL, no
// tokens, no filters, no cursors: the messages are finished frames when they come.
//
// A goroutine and a bounded queue for each socket, as in the library's own example of a chat. SIGUSR1 gives memory back
// to the system, so that what is measured then is held and not merely left over.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/coder/websocket"
)

// As ours: what waits for one socket before it is given up.
const waitingMax = 256

// Clients know by it that they will be told of what comes.
const caughtUp = `{"id":"","type":"next","payload":{"data":{"stockLevelChanged":{"type":"CAUGHT_UP"}}}}`

type hub struct {
	mutex   sync.Mutex
	sockets map[chan []byte]context.CancelCauseFunc
}

func (h *hub) publish(message []byte) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for waiting, giveUp := range h.sockets {
		select {
		case waiting <- message:
		default:
			giveUp(errors.New("too slow"))
		}
	}
}

func (h *hub) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	socket, err := websocket.Accept(response, request, nil)
	if err != nil {
		return
	}
	defer socket.CloseNow()
	ctx, giveUp := context.WithCancelCause(socket.CloseRead(context.Background()))
	defer giveUp(nil)
	waiting := make(chan []byte, waitingMax)
	waiting <- []byte(caughtUp)
	h.mutex.Lock()
	h.sockets[waiting] = giveUp
	h.mutex.Unlock()
	defer func() {
		h.mutex.Lock()
		delete(h.sockets, waiting)
		h.mutex.Unlock()
	}()
	for {
		select {
		case message := <-waiting:
			if socket.Write(ctx, websocket.MessageText, message) != nil {
				return
			}
		case <-ctx.Done():
			socket.Close(websocket.StatusTryAgainLater, context.Cause(ctx).Error())
			return
		}
	}
}

// follow hands on what is published in a channel, until the connection ends.
func follow(address, channel string, publish func([]byte)) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintf(connection, "SUBSCRIBE %s\r\n", channel); err != nil {
		return err
	}
	reader := bufio.NewReaderSize(connection, 1<<16)
	for {
		kind, body, err := readPush(reader)
		if err != nil {
			return err
		}
		if kind == "message" {
			publish(body)
		}
	}
}

// readPush reads an array of three: its kind, the channel, and what was published (nil where that is a number).
func readPush(reader *bufio.Reader) (string, []byte, error) {
	parts := make([][]byte, 3)
	if _, err := reader.ReadString('\n'); err != nil {
		return "", nil, err
	}
	for i := range parts {
		head, err := reader.ReadString('\n')
		if err != nil {
			return "", nil, err
		}
		if head[0] != '$' {
			continue
		}
		length, err := strconv.Atoi(strings.TrimSpace(head[1:]))
		if err != nil {
			return "", nil, err
		}
		parts[i] = make([]byte, length+2)
		if _, err = io.ReadFull(reader, parts[i]); err != nil {
			return "", nil, err
		}
		parts[i] = parts[i][:length]
	}
	return string(parts[0]), parts[2], nil
}

func main() {
	listen := flag.String("listen", "", "host:port to serve on")
	redis := flag.String("redis", "", "host:port of Redis")
	channel := flag.String("channel", "", "what to subscribe to there")
	flag.Parse()
	h := &hub{sockets: map[chan []byte]context.CancelCauseFunc{}}
	go func() { log.Fatal(follow(*redis, *channel, h.publish)) }()
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		for range asked {
			debug.FreeOSMemory()
		}
	}()
	log.Fatal(http.ListenAndServe(*listen, h))
}
