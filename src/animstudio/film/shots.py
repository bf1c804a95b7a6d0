from typing import Literal
import numpy as np
from animstudio.kernel.spec import Spec, Seconds
from animstudio.film.shot import Shot, Transition
class ShotSpec(Spec):
    detector: Literal["adaptive","transnetv2"]="adaptive"
    """det"""
    min_shot: Seconds=0.6
    """min"""
def cut_score(m, spec): return (m.hue+m.saturation+m.value)/3, 15.0
def lag(rate, spec): return 48
def find_shots(m, spec=ShotSpec()):
    s=cut_score(m,spec)[0]; n=len(s); cuts=[0]
    for i in range(1,n):
        a=s[max(0,i-3):i+4]; r=(a.sum()-s[i])/max(1,len(a)-1)
        if s[i]>15 and s[i]>3*r and i-cuts[-1]>14 : cuts.append(i)
    cuts.append(n); out=[]
    for k,(a,b) in enumerate(zip(cuts,cuts[1:])):
        out.append(Shot(k+1,a,b,Transition("cut",a,a) if k else None, Transition("cut",b,b) if b<n else None))
    return out
