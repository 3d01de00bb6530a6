"""What Perfetto's own messages read of a trace that spikemesh wrote.

usage: check.py TRACE.pftrace... RUN: RUN is the folder of the run; several traces are its parts, in
order.
"""

import csv
import os
import sys
from collections import defaultdict

from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as protos

CLEARED = protos.TracePacket.SEQ_INCREMENTAL_STATE_CLEARED
BEGIN, END, COUNTER = (
    protos.TrackEvent.TYPE_SLICE_BEGIN,
    protos.TrackEvent.TYPE_SLICE_END,
    protos.TrackEvent.TYPE_COUNTER,
)


def read(paths):
    """Slices as (track, name, flows, from, to), and the last value of each queue."""
    trace = protos.Trace()
    for path in paths:
        with open(path, "rb") as file:
            trace.MergeFromString(file.read())
    tracks, names, now, last = {}, {}, None, 0
    opened, slices, queues = {}, [], {}
    for packet in trace.packet:
        assert packet.trusted_packet_sequence_id == 1
        if packet.sequence_flags & CLEARED:
            names, now = {}, None
            own = packet.trace_packet_defaults.timestamp_clock_id
        for clock in packet.clock_snapshot.clocks:
            if clock.clock_id == own:
                assert clock.is_incremental
                now = clock.timestamp
            else:
                assert clock.clock_id == packet.clock_snapshot.primary_trace_clock
        names.update((name.iid, name.name) for name in packet.interned_data.event_names)
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            parent = tracks[track.parent_uuid] if track.parent_uuid else ""
            tracks[track.uuid] = f"{parent}/{track.name}"
            if track.HasField("counter"):
                queues.setdefault(track.uuid, 0)
        if not packet.HasField("track_event"):
            continue
        now += packet.timestamp
        assert now >= last, "time goes on"
        last, event = now, packet.track_event
        if event.type == BEGIN:
            assert event.track_uuid not in opened, tracks[event.track_uuid]
            name = event.name or names[event.name_iid]
            opened[event.track_uuid] = (name, list(event.flow_ids), now)
        elif event.type == END:
            name, flows, begun = opened.pop(event.track_uuid)
            slices.append((tracks[event.track_uuid], name, flows, begun, now))
        else:
            assert event.type == COUNTER and event.counter_value >= 0
            assert queues[event.track_uuid] != event.counter_value
            queues[event.track_uuid] = event.counter_value
    assert not opened, opened
    return slices, queues


def main():
    *paths, run = sys.argv[1:]
    slices, queues = read(paths)
    assert queues and not any(queues.values())
    with open(os.path.join(run, "steps.csv"), newline="") as file:
        steps = list(csv.DictReader(file))
    packets, hops = (sum(int(row[name]) for row in steps) for name in ("packets", "hops"))
    assert [name for _, name, flows, *_ in slices if not flows] == [
        f"step {row['step']}" for row in steps
    ]
    flows = defaultdict(list)
    for track, _, ids, begun, _ in slices:
        for flow in ids:
            flows[flow].append((begun, track))
    assert len(flows) == packets, (len(flows), packets)
    assert sum(map(len, flows.values())) == 2 * packets + hops
    for way in flows.values():
        ends = [sum(end in track for _, track in way) for end in ("/sent by core ", "/core ")]
        assert ends == [1, 1], way
    print(f"{packets} packets, {len(slices)} slices, {len(queues)} queues")


main()
