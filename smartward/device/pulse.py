"""One stream to the sound server, by libpulse itself.

Qt's audio needs libpulse as well, takes 20 MiB more for it, and ends its process when the server
dies. PipeWire speaks the same protocol. All runs in libpulse's own loop, in one thread: whatever is
given to be called is called from there.
"""

import ctypes
from collections.abc import Callable
from ctypes import POINTER, Structure, c_char_p, c_int, c_size_t, c_uint8, c_uint32, c_void_p
from typing import Any

_S16LE = 3
_PLAYBACK_FLAGS = 0x2000
"""PA_STREAM_ADJUST_LATENCY: the length of the buffer holds for the device too."""
_SINKS_AND_SERVER = 0x0001 | 0x0080
"""PA_SUBSCRIPTION_MASK_SINK and _SERVER."""
_READABLE = 1
_UNSET = 0xFFFFFFFF
_UNKNOWN = c_size_t(-1).value
"""Of a stream that has failed."""
_NOWHERE = b"auto_null"
"""The sink that PulseAudio (module-always-sink) and PipeWire make where there is no sound card:
all that is played there is taken, and heard by nobody."""
_READY, _FAILED, _TERMINATED = 4, 5, 6
"""States of a context."""
_STREAM_READY, _STREAM_FAILED, _STREAM_TERMINATED = 2, 3, 4


class _Format(Structure):
    """pa_sample_spec."""

    _fields_ = (("format", c_int), ("rate", c_uint32), ("channels", c_uint8))


class _Buffer(Structure):
    """pa_buffer_attr, in bytes."""

    _fields_ = tuple(
        (name, c_uint32) for name in ("maxlength", "tlength", "prebuf", "minreq", "fragsize")
    )


class _Server(Structure):
    """The beginning of pa_server_info."""

    _fields_ = (
        *((name, c_char_p) for name in ("user", "host", "version", "name")),
        ("format", _Format),
        ("sink", c_char_p),
    )


_Notified = ctypes.CFUNCTYPE(None, c_void_p, c_void_p)
_Wanted = ctypes.CFUNCTYPE(None, c_void_p, c_size_t, c_void_p)
_Changed = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_uint32, c_void_p)
_Told = ctypes.CFUNCTYPE(None, c_void_p, POINTER(_Server), c_void_p)
_Heard = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_int, c_int, c_void_p)
_IO_NEW = ctypes.CFUNCTYPE(c_void_p, c_void_p, c_int, c_int, _Heard, c_void_p)


class _Loop(Structure):
    """The beginning of pa_mainloop_api."""

    _fields_ = (("userdata", c_void_p), ("io_new", _IO_NEW))


_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "pa_mainloop_new": (c_void_p, ()),
    "pa_mainloop_get_api": (POINTER(_Loop), (c_void_p,)),
    "pa_mainloop_run": (c_int, (c_void_p, c_void_p)),
    "pa_mainloop_quit": (None, (c_void_p, c_int)),
    "pa_context_new": (c_void_p, (c_void_p, c_char_p)),
    "pa_context_set_state_callback": (None, (c_void_p, _Notified, c_void_p)),
    "pa_context_set_subscribe_callback": (None, (c_void_p, _Changed, c_void_p)),
    "pa_context_connect": (c_int, (c_void_p, c_char_p, c_int, c_void_p)),
    "pa_context_get_state": (c_int, (c_void_p,)),
    "pa_context_get_server_info": (c_void_p, (c_void_p, _Told, c_void_p)),
    "pa_context_subscribe": (c_void_p, (c_void_p, c_int, c_void_p, c_void_p)),
    "pa_context_errno": (c_int, (c_void_p,)),
    "pa_strerror": (c_char_p, (c_int,)),
    "pa_operation_unref": (None, (c_void_p,)),
    "pa_stream_new": (c_void_p, (c_void_p, c_char_p, POINTER(_Format), c_void_p)),
    "pa_stream_set_state_callback": (None, (c_void_p, _Notified, c_void_p)),
    "pa_stream_set_write_callback": (None, (c_void_p, _Wanted, c_void_p)),
    "pa_stream_connect_playback": (
        c_int,
        (c_void_p, c_char_p, POINTER(_Buffer), c_int, c_void_p, c_void_p),
    ),
    "pa_stream_get_state": (c_int, (c_void_p,)),
    "pa_stream_writable_size": (c_size_t, (c_void_p,)),
    "pa_stream_write": (c_int, (c_void_p, c_char_p, c_size_t, c_void_p, ctypes.c_int64, c_int)),
    "pa_stream_cork": (c_void_p, (c_void_p, c_int, c_void_p, c_void_p)),
}


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libpulse.so.0")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Playback:
    """16-bit mono to the default device.

    `opened` is called once, when it is open; `wanted` with the bytes that may be given to `write`
    now; `failed` with the reason when there is no device, or none any more.
    """

    def __init__(
        self,
        rate: int,
        buffer: int,
        *,
        opened: Callable[[], None],
        wanted: Callable[[int], None],
        failed: Callable[[str], None],
    ) -> None:
        """`rate` in frames a second, `buffer` in bytes: so much is on its way to the ear.

        Raises OSError where libpulse is not installed.
        """
        self._library = _library()
        self._rate, self._buffer = rate, buffer
        self._opened, self._wanted, self._failed = opened, wanted, failed
        self._stream: int | None = None
        self._corked = False
        # Kept as long as this is: libpulse holds only their addresses.
        self._callbacks = (
            _Notified(lambda *_: self._on_context()),
            _Notified(lambda *_: self._on_stream()),
            _Wanted(lambda _stream, number, _data: self._on_wanted(number)),
            _Changed(lambda *_: self._ask_server()),
            _Told(lambda _context, server, _data: self._on_server(server)),
        )
        self._hearing: Any = None
        self._loop = self._library.pa_mainloop_new()
        self._api = self._library.pa_mainloop_get_api(self._loop)
        self._context = self._library.pa_context_new(self._api, b"SmartWard")
        self._library.pa_context_set_state_callback(self._context, self._callbacks[0], None)
        self._library.pa_context_set_subscribe_callback(self._context, self._callbacks[3], None)

    def run(self) -> None:
        """Connect, and serve until `quit`."""
        if self._library.pa_context_connect(self._context, None, 0, None) < 0:
            self._fail(f"the sound server does not answer ({self._error()})")
        self._library.pa_mainloop_run(self._loop, None)

    def quit(self) -> None:
        """End `run`."""
        self._library.pa_mainloop_quit(self._loop, 0)

    def hear(self, descriptor: int, readable: Callable[[], None]) -> None:
        """Call `readable` whenever there is something to read."""
        self._hearing = _Heard(lambda *_: readable())
        self._api.contents.io_new(self._api, descriptor, _READABLE, self._hearing, None)

    def write(self, samples: bytes) -> None:
        """Play this after what was written before."""
        if self._stream is not None:
            self._library.pa_stream_write(self._stream, samples, len(samples), None, 0, 0)

    def rest(self, corked: bool) -> None:
        """Stop or go on: a stream that rests asks for nothing, and lets the device sleep."""
        if self._stream is None or corked == self._corked:
            return
        self._corked = corked
        self._unref(self._library.pa_stream_cork(self._stream, int(corked), None, None))
        if not corked:
            # What was asked for in the meantime is not asked for again.
            self._on_wanted(self._library.pa_stream_writable_size(self._stream))

    # ------------------------------------------------------------------------- from libpulse

    def _on_context(self) -> None:
        state = self._library.pa_context_get_state(self._context)
        if state == _READY:
            mask = _SINKS_AND_SERVER
            self._unref(self._library.pa_context_subscribe(self._context, mask, None, None))
            self._ask_server()
        elif state in (_FAILED, _TERMINATED):
            self._fail(f"there is no sound server ({self._error()})")

    def _ask_server(self) -> None:
        self._unref(
            self._library.pa_context_get_server_info(self._context, self._callbacks[4], None)
        )

    def _on_server(self, server: Any) -> None:
        # Asked again at each change: a stream whose card was pulled out is moved there as well.
        if not server or server.contents.sink in (None, b"", _NOWHERE):
            self._fail("there is no audio device")
        elif self._stream is None:
            self._connect_stream()

    def _connect_stream(self) -> None:
        form = _Format(_S16LE, self._rate, 1)
        buffer = _Buffer(_UNSET, self._buffer, _UNSET, _UNSET, _UNSET)
        stream = self._library.pa_stream_new(self._context, b"screen", form, None)
        if stream is None:
            self._fail(f"the audio device does not open ({self._error()})")
            return
        self._stream = stream
        self._library.pa_stream_set_state_callback(stream, self._callbacks[1], None)
        self._library.pa_stream_set_write_callback(stream, self._callbacks[2], None)
        flags = _PLAYBACK_FLAGS
        if self._library.pa_stream_connect_playback(stream, None, buffer, flags, None, None) < 0:
            self._fail(f"the audio device does not open ({self._error()})")

    def _on_stream(self) -> None:
        state = self._library.pa_stream_get_state(self._stream)
        if state == _STREAM_READY:
            self._opened()
        elif state in (_STREAM_FAILED, _STREAM_TERMINATED):
            self._fail(f"the audio device stopped ({self._error()})")

    def _on_wanted(self, number: int) -> None:
        if self._stream is not None and not self._corked and number != _UNKNOWN:
            self._wanted(number)

    def _fail(self, why: str) -> None:
        self._stream = None
        self._failed(why)

    def _error(self) -> str:
        number = self._library.pa_context_errno(self._context)
        return str(self._library.pa_strerror(number).decode(errors="replace"))

    def _unref(self, operation: int | None) -> None:
        if operation is not None:
            self._library.pa_operation_unref(operation)
