"""One address for the nodes of a cluster, as a site's load balancer gives it: bytes to whichever of them is there."""

import asyncio
import contextlib
import itertools
import threading

from stile import free_port


class Balancer:
    def __init__(self, ports):
        self.port = free_port()
        self.ports = itertools.cycle(ports)
        self.count = len(ports)
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    async def _connect(self):
        for port in itertools.islice(self.ports, self.count):
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None

    async def _serve(self, reader, writer):
        node = await self._connect()
        if node:
            ways = [asyncio.ensure_future(self._copy(reader, node[1])), asyncio.ensure_future(self._copy(node[0], writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            node[1].close()
        writer.close()

    @staticmethod
    async def _copy(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()

    async def _end(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def close(self):
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()
