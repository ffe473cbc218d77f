"""From blocks of samples to detections: the listener and the detector, and a whole recording heard as they hear it.

`evaluation` scores the detections.
"""
