"""
Whoever a student learns from (workers/teacher/): the text, a model beside it, or log-probabilities that are
written down.
"""

from .opening import open_teacher, require_lessons
from .teacher import Teacher, TeacherRows

__all__ = ["Teacher", "TeacherRows", "open_teacher", "require_lessons"]
