"""From blocks of samples to detections: the listener and the detector, and a whole recording heard as they hear it.

How good the detections are is told by `evaluation`.
"""
