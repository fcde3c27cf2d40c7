//go:build linux

package main

import (
	"math"
	"slices"
	"syscall"
	"time"
)

// Tally counts what arrived.
type Tally struct {
	options    *Options
	wanting    []int32
	arrived    []int32
	deliveries int
	beats      int
	done       int
	recording  bool
	arrivals   [][]arrival
}

// blockOf arrivals: one slice of all of them would be copied as it grows, tens of megabytes at a time, and whatever
// comes meanwhile would wait.
const blockOf = 1 << 15

type arrival struct {
	number int32
	at     int64
}

func newTally(options *Options) *Tally {
	t := &Tally{options: options, wanting: make([]int32, options.SKUs)}
	for _, screen := range options.Screens {
		if screen.Numbers == nil {
			for sku := range t.wanting {
				t.wanting[sku]++
			}
		}
		for _, number := range screen.Numbers {
			t.wanting[number-1]++
		}
	}
	return t
}

// took one event on one socket. An event is done when each that wants its SKU has it.
func (t *Tally) took(sku, version int, at int64) {
	number := (version-t.options.First)*t.options.SKUs + sku - 1
	for number >= len(t.arrived) {
		t.arrived = append(t.arrived, 0)
	}
	t.deliveries++
	t.arrived[number]++
	if t.arrived[number] == t.wanting[sku-1] {
		t.done++
	}
	if t.recording {
		t.note(arrival{int32(number), at})
	}
}

func (t *Tally) note(each arrival) {
	last := len(t.arrivals) - 1
	if last < 0 || len(t.arrivals[last]) == blockOf {
		t.arrivals = append(t.arrivals, make([]arrival, 0, blockOf))
		last++
	}
	t.arrivals[last] = append(t.arrivals[last], each)
}

func (t *Tally) count() map[string]any {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		fail("getrusage: %v", err)
	}
	cpu := time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
	return map[string]any{
		"told": "count", "deliveries": t.deliveries, "done": t.done, "beats": t.beats,
		"at": float64(time.Now().UnixNano()) / 1e9, "cpuSeconds": cpu,
	}
}

// record notes the time of each delivery from here on.
func (t *Tally) record() {
	t.recording = true
	t.arrivals = nil
}

// latencies of what was recorded; stamps are the nanoseconds since 1970 of event `from` and those that follow it.
func (t *Tally) latencies(from int, stamps []int64) map[string]any {
	t.recording = false
	arrivals := slices.Concat(t.arrivals...)
	taken := make([]float64, 0, len(arrivals))
	for _, each := range arrivals {
		at := int(each.number) - from
		if at < 0 || at >= len(stamps) {
			fail("event %d came while %d to %d were sent", each.number, from, from+len(stamps)-1)
		}
		taken = append(taken, float64(each.at-stamps[at])/1e6)
	}
	if len(taken) == 0 {
		fail("nothing came while the time was taken")
	}
	slices.Sort(taken)
	quantile := func(share float64) float64 { return taken[max(0, int(math.Ceil(share*float64(len(taken))))-1)] }
	return map[string]any{
		"told": "latencies", "minMs": taken[0], "p50Ms": quantile(0.5), "p99Ms": quantile(0.99),
		"maxMs": taken[len(taken)-1], "deliveries": len(taken),
	}
}
