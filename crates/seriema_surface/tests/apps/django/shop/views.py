from django.http import HttpResponse
from django.shortcuts import redirect
from django.contrib.auth.models import User
from django.views.generic import DetailView, UpdateView
from django.views import View
from django.contrib.auth.mixins import LoginRequiredMixin
from django.utils.decorators import method_decorator
from django.contrib.auth.decorators import login_required, permission_required
from django.views.decorators.http import require_POST
from django.views.decorators.csrf import csrf_exempt
from rest_framework import viewsets, permissions
from rest_framework.decorators import action, api_view, permission_classes
class ItemViewSet(viewsets.ModelViewSet):
    queryset = User.objects.all()

    @action(detail=True, methods=["post"], url_path="buy-it")
    def buy(self, request, pk=None): ...
    @action(detail=False)
    def recent(self, request): ...
class OpenViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = User.objects.all()
    permission_classes = [permissions.AllowAny]
    lookup_field = "slug"
class Detail(LoginRequiredMixin, DetailView): ...
class Edit(UpdateView): ...
@require_POST
@csrf_exempt
def post(request):
    if not request.user.is_authenticated:
        return redirect("x")
@method_decorator(permission_required("x"), name="dispatch")
class Secret(View):
    def get(self, request): ...
    def post(self, request): ...
def ajax(request): ...
def old(request, year): ...
@api_view(["GET", "POST"])
def api_fn(request): ...
