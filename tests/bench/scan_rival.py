"""A rival of the decoder in Python: reads frames from its input ("WIDTH HEIGHT" and the samples), answers each with a line: CPU
microseconds, then the bytes of every code in hex.

    scan_rival.py zxing|pyzbar
"""

import sys
import time

import numpy


def zxing():
    import zxingcpp
    return lambda image: [code.text.encode() for code in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode)]


def pyzbar():
    """As programs do it that have OpenCV's camera before it: a grey image, and pyzbar's defaults but for the kind of code."""
    from pyzbar import pyzbar as reader

    def read(image):
        try:
            return [code.data for code in reader.decode(image, symbols=[reader.ZBarSymbol.QRCODE])]
        except ValueError:  # a code of several symbols has no orientation, which pyzbar does not expect
            return []
    return read


def main():
    read = {"zxing": zxing, "pyzbar": pyzbar}[sys.argv[1]]()
    print("ready", flush=True)
    while line := sys.stdin.buffer.readline():
        width, height = map(int, line.split())
        samples = sys.stdin.buffer.read(width * height)
        image = numpy.frombuffer(samples, dtype=numpy.uint8).reshape(height, width)
        begin = time.thread_time()
        codes = read(image)
        spent = time.thread_time() - begin
        print(int(spent * 1000000), *(code.hex() for code in codes), flush=True)


if __name__ == "__main__":
    main()
